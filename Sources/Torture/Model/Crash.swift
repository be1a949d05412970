/// One thing that may be left when the power is cut: which of the pending changes are on the disk, and of which bytes how much.
public struct Crash: Equatable, Sendable {
  enum Damage: Equatable, Sendable {
    /// The first bytes alone.
    case cut(Int)
    /// The size, and nothing in it.
    case zeros
    /// The size, and what somebody else had there.
    case garbage
  }

  /// By position among the pending changes.
  var kept: [Bool]
  var damage: [Int: Damage] = [:]
}

extension Frontier {
  /// The file system after a cut.
  public func volume(after crash: Crash) -> Volume {
    var volume = durable
    for (index, pending) in pending.enumerated() where crash.kept[index] {
      guard case .write(let inode, let offset, let bytes) = pending.change, let damage = crash.damage[index] else {
        volume.apply(pending.change)
        continue
      }
      switch damage {
      case .cut(let count): volume.apply(.write(inode, at: offset, Array(bytes.prefix(count))))
      case .zeros: volume.apply(.write(inode, at: offset, [UInt8](repeating: 0, count: bytes.count)))
      case .garbage: volume.apply(.write(inode, at: offset, [UInt8](repeating: 0xA5, count: bytes.count)))
      }
    }
    return volume
  }

  /// What may be left here: all of it if that is no more than `limit`, else so many by chance.
  public func crashes(atMost limit: Int, _ random: inout Seeded) -> (crashes: [Crash], isAll: Bool) {
    if let all = everyCrash(limit: limit) { return (all, true) }
    var crashes: [Crash] = []
    for _ in 0..<limit { crashes.append(rules == .ext4 ? chanceOrdered(&random) : chanceFree(&random)) }
    return (crashes, false)
  }

  // MARK: by chance

  private func chanceOrdered(_ random: inout Seeded) -> Crash {
    // The ends more often: nothing came to the disk, all did but the bytes.
    let point =
      switch Int.random(in: 0..<4, using: &random) {
      case 0: pending.count
      case 1: 0
      default: Int.random(in: 0...pending.count, using: &random)
      }
    var crash = Crash(kept: pending.indices.map { $0 < point || pending[$0].isForced })
    let share = Int.random(in: 0...2, using: &random)
    for inode in dataInodes {
      let own = dataPositions(of: inode).filter { $0 < point }
      // Mostly nothing, mostly all, or anything.
      let count =
        share == 2 || random.once(in: 4)
        ? Int.random(in: 0...own.count, using: &random) : share == 0 ? 0 : own.count
      for index in own.dropFirst(count) {
        if case .write = pending[index].change { crash.kept[index] = false }
      }
      if count < own.count, random.once(in: 2) { tear(own[count], by: 4096, &crash, &random) }
    }
    return crash
  }

  private func chanceFree(_ random: inout Seeded) -> Crash {
    let share = [0, 1, 5, 9, 10][Int.random(in: 0..<5, using: &random)]
    let pulls = random.once(in: 2)
    var crash = Crash(
      kept: pending.map { $0.isForced || Int.random(in: 0..<10, using: &random) < share })
    // One that is the exception finds what a mean never does.
    if random.once(in: 2), let odd = pending.indices.randomElement(using: &random), !pending[odd].isForced {
      crash.kept[odd].toggle()
    }
    close(&crash, pulling: pulls)
    for inode in dataInodes {
      let own = dataPositions(of: inode)
      let count = random.once(in: 2) ? own.count : Int.random(in: 0...own.count, using: &random)
      for (order, index) in own.enumerated() { crash.kept[index] = order < count }
      if count < own.count { tear(own[count], by: 1, &crash, &random) }
      guard count > 0, random.once(in: 3) else { continue }
      crash.damage[own[Int.random(in: 0..<count, using: &random)]] = random.once(in: 2) ? .zeros : .garbage
    }
    return crash
  }

  /// Keeps a part of a write, where it can be parted.
  private func tear(_ index: Int, by unit: Int, _ crash: inout Crash, _ random: inout Seeded) {
    guard case .write(_, let offset, let bytes) = pending[index].change else { return }
    let first = unit - offset % unit
    guard first < bytes.count else { return }
    let parts = (bytes.count - first - 1) / unit
    crash.kept[index] = true
    crash.damage[index] = .cut(first + Int.random(in: 0...parts, using: &random) * unit)
  }

  /// Names follow what they need: what lacks it is not kept, or brings it along.
  private func close(_ crash: inout Crash, pulling: Bool) {
    if pulling {
      for index in pending.indices.reversed() where crash.kept[index] && pending[index].change.isNaming {
        for need in pending[index].needs { if let position = position(of: need) { crash.kept[position] = true } }
      }
    } else {
      for index in pending.indices where crash.kept[index] && pending[index].change.isNaming {
        let lacks = pending[index].needs.contains { position(of: $0).map { !crash.kept[$0] } ?? false }
        if lacks { crash.kept[index] = false }
      }
    }
  }

  // MARK: all of it

  private func everyCrash(limit: Int) -> [Crash]? {
    let inodes = dataInodes
    var bases: [(kept: [Bool], point: Int)] = []
    switch rules {
    case .ext4:
      let points = pending.indices.filter { !pending[$0].isForced }.map { $0 + 1 }
      for point in [0] + points { bases.append((pending.indices.map { $0 < point || pending[$0].isForced }, point)) }
    case .posix:
      let free = pending.indices.filter { !pending[$0].isForced && !pending[$0].change.isData }
      guard free.count < 12, 1 << free.count <= limit * 4 else { return nil }
      for mask in 0..<(1 << free.count) {
        var crash = Crash(kept: pending.map { $0.isForced || $0.change.isData })
        for (bit, index) in free.enumerated() { crash.kept[index] = mask >> bit & 1 == 1 }
        let before = crash
        close(&crash, pulling: false)
        if crash == before { bases.append((crash.kept, pending.count)) }
      }
    }
    var all: [Crash] = []
    for base in bases {
      var some = [Crash(kept: base.kept)]
      for inode in inodes {
        let own = dataPositions(of: inode).filter { $0 < base.point }
        some = some.flatMap { crash in choices(own).map { with(own, $0, crash) } }
        if all.count + some.count > limit { return nil }
      }
      all += some
      if all.count > limit { return nil }
    }
    return all
  }

  /// How many of a file's writes are kept, and what is wrong with the one after them, or with the last.
  private func choices(_ own: [Int]) -> [(count: Int, damage: Crash.Damage?)] {
    var list: [(Int, Crash.Damage?)] = (0...own.count).map { ($0, nil) }
    for (order, index) in own.enumerated() {
      guard case .write(_, let offset, let bytes) = pending[index].change else { continue }
      switch rules {
      case .ext4:
        let first = 4096 - offset % 4096
        if first < bytes.count { list.append((order + 1, .cut(first))) }
      case .posix:
        if bytes.count > 1 { list.append((order + 1, .cut(bytes.count / 2))) }
        list += [(order + 1, .zeros), (order + 1, .garbage)]
      }
    }
    return list
  }

  private func with(_ own: [Int], _ choice: (count: Int, damage: Crash.Damage?), _ base: Crash) -> Crash {
    var crash = base
    for (order, index) in own.enumerated() {
      // A size is among the names in the journal of ext4.
      if rules == .ext4, case .resize = pending[index].change { continue }
      crash.kept[index] = order < choice.count
    }
    if choice.count > 0, let damage = choice.damage { crash.damage[own[choice.count - 1]] = damage }
    return crash
  }

  /// Files with bytes that are not sure.
  private var dataInodes: [Inode] {
    Set(pending.filter { !$0.isForced && $0.change.isData }.map(\.change.inode)).sorted()
  }

  private func dataPositions(of inode: Inode) -> [Int] {
    pending.indices.filter { !pending[$0].isForced && pending[$0].change.isData && pending[$0].change.inode == inode }
  }
}
