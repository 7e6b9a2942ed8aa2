// Asks the processor for a cache line before it is needed.

public import CKernels

/// Asks for the line that holds byte `offset`; never faults, whatever the offset.
@inlinable package func prefetch(_ bytes: LentBytes, at offset: Int) {
  unsafe hearth_prefetch(bytes.base + offset)
}
