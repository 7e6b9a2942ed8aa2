// Writes values that are held outside a registry as JSON, as an export writes them.

import Bytes
package import Rows

/// The fields that have values as a JSON object.
package func jsonObject(_ fields: [Field], _ values: [Value]) -> String {
  let labels = FieldLabels(fields)
  defer { withExtendedLifetime(labels) {} }
  var text = RowText(.ndjson)
  text.beginRow()
  for (label, value) in zip(labels.labels, values) where value != .absent {
    _ = text.beginField(label)
    if case .flag(let flag) = value {
      text.append(flag: flag)
    } else {
      Array(value.description.utf8).lend { text.append(text: $0) }
    }
    text.endField(label)
  }
  text.endRow()
  return String(text.bytes)
}
