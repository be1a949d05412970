import Testing

@testable import Runtimes

/// Texts as machines show them.
@Suite(.timeLimit(.minutes(60))) struct CgroupPlaceTests {
  struct Machine: CustomTestStringConvertible {
    let name: String
    let cgroup: String
    let mountinfo: String
    /// version, controllers, path, read-only
    let places: [String]
    var testDescription: String { name }
  }

  private static let one =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    + "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    + "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    + "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd\n"

  static let machines = [
    Machine(
      name: "version 2 alone, with systemd", cgroup: "0::/user.slice/user-1000.slice/session-2.scope\n",
      mountinfo:
        "24 31 0:22 / /proc rw,nosuid - proc proc rw\n35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n",
      places: ["2  /sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope rw"]),
    Machine(
      name: "version 1, controllers apart and together",
      cgroup: "9:name=systemd:/\n4:memory:/jobs/a:b\n1:cpu,cpuacct:/\n", mountinfo: one,
      places: ["1 memory /sys/fs/cgroup/memory/jobs/a:b rw", "1 cpu,cpuacct /sys/fs/cgroup/cpu,cpuacct rw"]),
    Machine(
      name: "hybrid: version 2 without controllers beside", cgroup: "4:memory:/\n0::/init.scope\n",
      mountinfo: one + "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
      places: ["1 memory /sys/fs/cgroup/memory rw", "2  /sys/fs/cgroup/unified/init.scope rw"]),
    Machine(
      name: "a container with a cgroup namespace, read-only", cgroup: "0::/\n",
      mountinfo: "900 800 0:30 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate\n",
      places: ["2  /sys/fs/cgroup ro"]),
    Machine(
      name: "a container without one: the mount shows the container's part",
      cgroup: "4:memory:/docker/0a1b\n",
      mountinfo: "900 800 0:30 /docker/0a1b /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n",
      places: ["1 memory /sys/fs/cgroup/memory ro"]),
    Machine(
      name: "a bind mount of a part, and our cgroup below it", cgroup: "0::/user.slice/a/b\n",
      mountinfo: "50 31 0:30 /user.slice /mnt/part rw - cgroup2 cgroup2 rw\n", places: ["2  /mnt/part/a/b rw"]),
    Machine(
      name: "a bind mount of a part that is not ours, though its name begins like ours", cgroup: "0::/user.slice2/a\n",
      mountinfo: "50 31 0:30 /user.slice /mnt/part rw - cgroup2 cgroup2 rw\n", places: []),
    Machine(
      name: "two mounts: the one that can be written", cgroup: "0::/a\n",
      mountinfo: "50 31 0:30 / /ro ro - cgroup2 cgroup2 rw\n51 31 0:30 / /rw rw - cgroup2 cgroup2 rw\n",
      places: ["2  /rw/a rw"]),
    Machine(
      name: "a process outside its cgroup namespace", cgroup: "0::/../../other\n",
      mountinfo: "50 31 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", places: []),
    Machine(
      name: "a mount from outside our cgroup namespace", cgroup: "0::/\n",
      mountinfo: "50 31 0:30 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", places: []),
    Machine(
      name: "names with spaces", cgroup: "0::/a b\n",
      mountinfo: "50 31 0:30 / /mnt/c\\040d\\134 rw - cgroup2 cgroup2 rw\n", places: ["2  /mnt/c d\\/a b rw"]),
    Machine(name: "mounted nowhere", cgroup: "0::/\n4:memory:/\n", mountinfo: "", places: []),
    Machine(name: "no cgroups at all", cgroup: "", mountinfo: one, places: []),
    Machine(name: "lines that are none", cgroup: "x\n0:\n::\n", mountinfo: "a b c\n1 2 3 4 5 6 7\n", places: []),
  ]

  @Test("where our own cgroup is comes from both tables", arguments: machines)
  func places(machine: Machine) {
    let places = CgroupPlace.all(cgroup: machine.cgroup, mountinfo: machine.mountinfo).map { place in
      "\(place.version.rawValue) \(place.controllers.sorted().joined(separator: ",")) \(place.path) \(place.isReadOnly ? "ro" : "rw")"
    }
    #expect(places == machine.places)
  }
}
