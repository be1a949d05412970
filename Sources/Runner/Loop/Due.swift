/// The earlier of two times at which something is due; nil: at none. Asked after each job: without a list, which would be
/// made on the heap.
func earlier(_ a: Int64?, _ b: Int64?) -> Int64? {
  guard let a, let b else { return a ?? b }
  return min(a, b)
}
