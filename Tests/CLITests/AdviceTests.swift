@testable import CLI
import Operations
import Platform
import Spool
import Testing

/// What is said to who was a little wrong.
@Suite struct AdviceTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  @Test("submit, hold, release and cancel make a folder anew that somebody removed")
  func missingFolder() throws {
    func remove() throws { try bobbin.folders.root.removeFolder("held") }
    try bobbin.put("a.json", in: .inbox)
    try remove()
    #expect(bobbin("hold", "a") == .init(code: 0, out: "a\n", err: ""))
    #expect(bobbin("release", "a").code == 0)
    try remove()
    #expect(bobbin("submit", try bobbin.file("a.json", #"{"run":"true"}"#)).out == "a~2\n")
    // Who only looks makes nothing.
    try remove()
    #expect(bobbin("config", "--effective", "a").code == 0)
    #expect(!bobbin.folders.root.has("held"))
    #expect(bobbin("release", "a").err.contains("a is in inbox already"))
    try remove()
    #expect(bobbin("cancel", "a").out == "a\n")
  }
}
