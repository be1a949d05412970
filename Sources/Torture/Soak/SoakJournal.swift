import Platform

/// One file outside of the spool to which everybody appends a line at a time: who steers the soak, and the jobs themselves. The
/// order of its lines is the order in which things happened, whatever the clocks say.
///
/// A line is one write(2) to the end, so lines of many writers do not mix. The file is on no disk that is filled.
struct SoakJournal {
  /// What a person did to a drop, or was seen of it.
  enum Act: String, CaseIterable {
    /// Put into the inbox.
    case drop
    /// `mv inbox/x held/`, and back.
    case hold, release
    /// `mv errors/x inbox/`.
    case retry
    /// `mv inbox/x errors/`.
    case discard
    /// Taken out of the inbox, for good.
    case remove
    /// `touch processing/x.cancel`.
    case cancel
    /// The job was in `processing` still when that was done.
    case cancelStood = "cancel-stood"
    /// No runner was alive, and its result was there, or its finished record.
    case shown
  }

  /// A life of a runner.
  enum Life: String, CaseIterable {
    case start
    /// It is about to get SIGKILL.
    case kill
    /// It is about to get SIGTERM.
    case stop
    /// It has ended.
    case gone
  }

  /// What the disk of the spool has.
  enum Room: String, CaseIterable {
    case full, room
  }

  /// A run of a job, as it notes it itself.
  enum Note: String, CaseIterable {
    case begin, end
    /// Another one of the job held its lock.
    case overlap
  }

  /// The folder that jobs are given, their runtime's own way.
  static let folderName = "notes"
  static let name = "journal"
  static let locks = "locks"

  private let file: Descriptor

  /// Makes it, such that jobs of any user may write to it, and a sandbox may be given it: of a mount's source the end itself
  /// must not be everybody's.
  init(in ground: Folder) throws(SystemError) {
    try ground.makeFolder(Self.folderName, mode: 0o755)
    let folder = try ground.folder(Self.folderName)
    try folder.makeFolder(Self.locks)
    try folder.folder(Self.locks).setMode(0o777)
    try folder.create(Self.name).setMode(0o666)
    file = try folder.append(Self.name)
  }

  func note(_ act: Act, _ number: Int) throws(SystemError) { try write("\(act.rawValue) \(number)") }

  /// That act of the drop did not come about: somebody else was first, or there was no room.
  func undo(_ act: Act, _ number: Int) throws(SystemError) { try write("undone \(act.rawValue) \(number)") }

  func note(_ life: Life, _ number: Int) throws(SystemError) { try write("\(life.rawValue) \(number)") }

  func note(_ room: Room) throws(SystemError) { try write("disk \(room.rawValue)") }

  private func write(_ line: String) throws(SystemError) { try file.write(Array((line + "\n").utf8)) }

  /// The words of a shell with which a job notes its run.
  ///
  /// - Parameter notes: where the job sees the folder.
  static func begin(_ number: Int, in notes: String) -> String {
    let note = { (word: Note) in "echo \(word.rawValue) \(number) $SOAK_LIFE $run >> \(notes)/\(name)" }
    return "read run < /proc/sys/kernel/random/uuid; \(note(.begin)); "
      // 1: another has it. An image may have no flock(1); there the order of the lines has to tell.
      + "exec 9> \(notes)/\(locks)/\(number); flock -n 9; [ $? != 1 ] || \(note(.overlap)); "
  }

  static func end(_ number: Int, in notes: String) -> String {
    "; echo \(Note.end.rawValue) \(number) $SOAK_LIFE $run >> \(notes)/\(name)"
  }
}
