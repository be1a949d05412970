/// The caller's number for a thing that waits: an index into the caller's own table.
///
/// Handles are small, dense and reused: everything here keeps arrays indexed by them, so memory follows the largest
/// handle ever in use, not the number of jobs ever seen. Never negative.
public typealias Handle = Int32

/// What a ``HandleHeap`` needs to know of the things whose handles it holds.
///
/// The heap holds four bytes an element; the elements and their places in the heap live with the conformer.
public protocol HandleOrder {
  /// Whether `first` must leave the heap before `second`. A strict total order.
  func precedes(_ first: Handle, _ second: Handle) -> Bool

  /// Remembers that `handle` now stands at `place` of the heap; nil when it has left.
  mutating func moved(_ handle: Handle, to place: Int32?)
}

/// A binary heap of handles that tells each element its place, so that any element is removed in O(log n).
///
/// No lazy deletion: what is removed is gone, so memory follows what waits now.
public struct HandleHeap: Sendable {
  private var handles: [Handle] = []

  /// An empty heap.
  public init() {}

  /// Number of elements.
  public var count: Int { handles.count }

  /// Whether there are no elements.
  public var isEmpty: Bool { handles.isEmpty }

  /// The element that leaves first; nil when empty.
  public var first: Handle? { handles.first }

  /// Adds an element that is not in the heap. O(log n).
  public mutating func push<Order: HandleOrder>(_ handle: Handle, in order: inout Order) {
    handles.append(handle)
    rise(from: handles.count - 1, in: &order)
  }

  /// Removes the first element. O(log n).
  public mutating func pop<Order: HandleOrder>(in order: inout Order) -> Handle? {
    guard let top = handles.first else { return nil }
    remove(at: 0, in: &order)
    return top
  }

  /// Removes the element at a place its order was told by `moved`. O(log n).
  public mutating func remove<Order: HandleOrder>(at place: Int32, in order: inout Order) {
    let index = Int(place)
    order.moved(handles[index], to: nil)
    let last = handles.removeLast()
    // After a burst the memory goes back; small heaps keep theirs, they fill and empty all the time.
    if handles.isEmpty, handles.capacity > 1024 { handles = [] }
    guard index < handles.count else { return }
    handles[index] = last
    settle(from: index, in: &order)
  }

  /// Restores the order after the key of the element at `place` changed. O(log n).
  public mutating func keyChanged<Order: HandleOrder>(at place: Int32, in order: inout Order) {
    settle(from: Int(place), in: &order)
  }

  private mutating func settle<Order: HandleOrder>(from index: Int, in order: inout Order) {
    if index > 0, order.precedes(handles[index], handles[(index - 1) / 2]) {
      rise(from: index, in: &order)
    } else {
      sink(from: index, in: &order)
    }
  }

  private mutating func rise<Order: HandleOrder>(from start: Int, in order: inout Order) {
    let handle = handles[start]
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard order.precedes(handle, handles[parent]) else { break }
      handles[index] = handles[parent]
      order.moved(handles[index], to: Int32(index))
      index = parent
    }
    handles[index] = handle
    order.moved(handle, to: Int32(index))
  }

  private mutating func sink<Order: HandleOrder>(from start: Int, in order: inout Order) {
    let handle = handles[start]
    var index = start
    while true {
      var child = 2 * index + 1
      guard child < handles.count else { break }
      if child + 1 < handles.count, order.precedes(handles[child + 1], handles[child]) { child += 1 }
      guard order.precedes(handles[child], handle) else { break }
      handles[index] = handles[child]
      order.moved(handles[index], to: Int32(index))
      index = child
    }
    handles[index] = handle
    order.moved(handle, to: Int32(index))
  }
}
