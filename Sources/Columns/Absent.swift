// The one integer that means "no value".

/// What a column gives for a row that has no value; no field may hold this number.
@inlinable package var absentValue: Int64 { Int64.min }
