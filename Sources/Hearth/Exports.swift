// The names of lower floors that callers may use, one to a line.

@_exported public import struct Bytes.Corruption
@_exported public import enum Loading.LoadError
@_exported public import struct Loading.DelimitedError
@_exported public import struct Loading.DelimitedFormat
@_exported public import struct Loading.InputError
@_exported public import struct Loading.LoadInput
@_exported public import struct Loading.LoadOptions
@_exported public import struct Loading.LoadProgress
@_exported public import struct Loading.LoadReport
@_exported public import struct Loading.Refusal
@_exported public import struct Pages.PageError
@_exported public import struct Rows.CodeList
@_exported public import struct Rows.Day
@_exported public import struct Rows.Field
@_exported public import enum Rows.FieldProblem
@_exported public import enum Rows.FieldType
@_exported public import struct Rows.Index
@_exported public import struct Rows.Schema
@_exported public import struct Rows.SchemaError
@_exported public import struct Rows.Table
@_exported public import enum Rows.Value
@_exported public import enum Store.StoreError
@_exported public import struct Store.Statistics
@_exported public import struct Querying.QueryError
@_exported public import struct Store.VerificationProgress
@_exported public import struct Store.VerificationReport
