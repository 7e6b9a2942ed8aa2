// The `hearth` command and its list of subcommands.

import ArgumentParser

@main
struct HearthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hearth",
    abstract: "An embedded record store for a national population register.",
    subcommands: [
      Create.self, Plan.self, Load.self, Apply.self, Seal.self, Get.self, Find.self, Household.self,
      History.self, Count.self, Describe.self, Stats.self, Verify.self, Salvage.self, Backup.self,
      Restore.self, Export.self, Generate.self,
    ])
}
