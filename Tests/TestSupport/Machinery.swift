import Platform

/// What a test needs of the machine. Where it is not there the test is skipped with these words; with `CI=true` it runs
/// all the same and fails, so that nothing is skipped unseen where everything can be installed.
public enum Need {
  private static let isCI = Machine.environment("CI") == "true"

  public static let root = isCI || Machine.user == 0
  public static let rootSays: String = "needs root, to make files of other users"

  /// Root that may mount, with a mount(8).
  public static let mounting =
    isCI
    || (Machine.user == 0
      && Command.shell("d=$(mktemp -d) && mount -t tmpfs none $d && umount $d; s=$?; rmdir $d; exit $s").isSuccess)
  public static let mountingSays: String = "needs root that may mount a tmpfs"

  /// setpriv(1), to be somebody else.
  public static let otherUser =
    isCI || (Machine.user == 0 && Command.shell("setpriv --reuid=65534 --regid=65534 --clear-groups true").isSuccess)
  public static let otherUserSays: String = "needs root and setpriv, to run as another user"

  /// Cgroups that may be made below this process's own, with the controllers that hold limits. Nothing can be installed
  /// to have them, so where they are not there the skip is said in CI too.
  public static let cgroups = Command.shell(
    """
    one() { # a controller of version 1
      p=$(sed -n "s/^[0-9]*:\\([a-z_,]*,\\)\\{0,1\\}$1\\(,[a-z_,]*\\)\\{0,1\\}://p" /proc/self/cgroup)
      d=/sys/fs/cgroup/$1${p%/}/bobbin-need-$$
      [ -n "$p" ] && mkdir "$d" && rmdir "$d"
    }
    two() {
      d=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
      for c in memory pids cpu; do grep -qw $c "$d/cgroup.subtree_control" || return 1; done
      mkdir "$d/bobbin-need-$$" && rmdir "$d/bobbin-need-$$"
    }
    { one memory && one pids && one cpu; } 2>/dev/null || two 2>/dev/null
    """
  ).isSuccess
  public static let cgroupsSays: String =
    "needs cgroups that may be written: memory, pids and cpu, below the tests' own"
  /// bwrap(1), and a kernel that lets it make what a sandbox is.
  public static let sandbox =
    isCI || Command.shell("bwrap --unshare-user --unshare-pid --unshare-net --ro-bind / / --proc /proc true").isSuccess
  public static let sandboxSays: String = "needs bubblewrap and user namespaces"

  /// Big limits for tests that make 100,000 files are not needed; a Python is, where a shell cannot do it.
  public static let python = isCI || Command.shell("python3 -c pass").isSuccess
  public static let pythonSays: String = "needs python3"

  /// strace(1), and a kernel that lets it trace.
  public static let strace = isCI || Command.shell("strace -f -o /dev/null true").isSuccess
  public static let straceSays: String = "needs strace, which records what a power loss is played on"

  /// Loop devices, and an xfs that clones the file in which an ext4 lies. The programs can be installed; where it is the
  /// kernel that has no such thing the skip is said in CI too.
  public static let clones =
    isCI && !Command.shell("PATH=$PATH:/usr/sbin:/sbin; command -v mkfs.xfs mkfs.ext4 e2fsck unshare").isSuccess
    || Machine.user == 0
      && Command.shell(
        """
        PATH=$PATH:/usr/sbin:/sbin; d=$(mktemp -d) || exit 1
        unshare --mount --pid --fork --kill-child --mount-proc --propagation private sh -ec '
          cd "$1"; mkdir x e; truncate --size 400M i; mkfs.xfs -q -m reflink=1 i; mount -o loop i x
          truncate --size 8M x/d; mkfs.ext4 -q -F x/d; cp --reflink=always x/d x/c; mount -o loop x/c e
          umount e; umount x' sh "$d"
        s=$?; rm -rf "$d"; exit $s
        """
      ).isSuccess
  public static let clonesSays: String = "needs root, loop devices, ext4, and xfs with reflinks"

  /// curl(1), which posts to web hooks.
  public static let curl = isCI || Command.shell("curl --version").isSuccess

  /// A Python that has croniter, another reader of cron lines.
  public static let croniterPython: String? = Machine.environment("BOBBIN_CRONITER_PYTHON")
  public static let croniter = isCI || croniterPython != nil
  public static let croniterSays: String = "needs BOBBIN_CRONITER_PYTHON, a Python with croniter, which Tests/run makes"

  /// podman(1) with the image of the tests.
  public static let podman =
    isCI
    || (Engines.folder != nil
      && Command.shell("podman image exists \(Engines.image)", environment: Engines.environment).isSuccess)
  public static let podmanSays: String = "needs the podman of Tests/engines, which Tests/run brings up as root"

  /// docker(1), and a daemon with the image of the tests.
  public static let docker =
    isCI
    || (Engines.folder != nil
      && Command.shell("docker image inspect \(Engines.image)", environment: Engines.environment).isSuccess)
  public static let dockerSays: String = "needs the dockerd of Tests/engines, which Tests/run brings up as root"

  /// zdump(8) and zic(8) with the zones they are asked about.
  public static let zones =
    isCI
    || Command.shell(
      "PATH=$PATH:/usr/sbin:/sbin; command -v zdump && command -v zic && test -f /usr/share/zoneinfo/Europe/Berlin"
    ).isSuccess
  public static let zonesSays: String = "needs zdump and zic (libc-bin) and /usr/share/zoneinfo (tzdata)"
}
