import Jobs

/// Jobs that show what a container is, for `bobbin demo --runtime`: on an image made of a few programs of this machine, so
/// that no network is needed.
public enum ContainerExamples {
  /// The image's name: its own, so that nobody's is replaced.
  public static let image = "bobbin-demo:1"

  /// The recipe of the image.
  public static let recipe = """
    {
      "name": "\(image)",
      "description": "a shell and a few programs of this machine, for bobbin demo",
      "programs": ["/bin/sh", "/bin/cat", "/bin/echo", "/bin/ls", "/bin/sleep", "/usr/bin/id", "/usr/bin/head", "/usr/bin/tail"]
    }

    """

  /// The jobs, for one runtime. One runs out of memory and one out of time on purpose.
  public static func jobs(_ runtime: RuntimeChoice) -> [ExampleJob] {
    [
      ("hello", #""run": "echo Hello from a container; id; ls /""#),
      ("alone", #""run": "tail -n +3 /proc/net/dev; (echo x > /x) || echo and nothing to write to""#),
      ("value", #""run": "echo '{\"answer\": 42}' > $BOBBIN_RESULT; echo kept > file""#),
      ("after", #""run": ["cat", "/bobbin/after.json"], "after": "value""#),
      ("hungry", #""run": "head -c 200m /dev/zero | tail -c 200m", "limits": { "memory": "32m" }"#),
      ("slow", #""run": "sleep 60", "timeout": "1s", "grace": "1s""#),
    ].map { name, body in
      let text = #"{ \#(body), "runtime": "\#(runtime.rawValue)", "image": "\#(image)" }"# + "\n"
      return ExampleJob(name: JobID(unchecked: name), bytes: Array(text.utf8))
    }
  }
}
