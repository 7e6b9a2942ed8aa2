// The option by which commands ask which rows are meant.

import ArgumentParser

struct ConditionOptions: ParsableArguments {
  @Option(name: .customLong("where"), help: "A condition; several must all hold.")
  var conditions: [String] = []

  /// All of them as one.
  var condition: String {
    conditions.count == 1
      ? conditions[0] : conditions.map { "(\($0))" }.joined(separator: " and ")
  }
}
