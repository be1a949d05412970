import Platform

/// The container engines that `Tests/engines up` brings up, apart from the machine's own. `Tests/run` does it for the
/// time of the tests and puts these variables into their environment.
public enum Engines {
  /// Their folder, with the image's root file system as `busybox.tar`, and the image as `busybox-oci.tar` and
  /// `busybox-docker.tar`. Nil where they are not up.
  public static let folder: String? = Machine.environment("BOBBIN_TEST_ENGINES")

  /// The image that both have: a static busybox with `PATH=/bin` and `IMAGE_SAYS=hello`.
  public static let image: String = Machine.environment("BOBBIN_TEST_IMAGE") ?? "bobbin-test/busybox:1"

  /// What a program needs in its environment so that `podman` and `docker` mean these engines.
  public static let environment: [String] = ["CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "DOCKER_HOST"].compactMap {
    name in Machine.environment(name).map { "\(name)=\($0)" }
  }
}
