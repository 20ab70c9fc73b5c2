package org.espalier.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.espalier.TensorException;
import org.espalier.io.FormatException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;

/// The command `espalier`.
///
/// Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 stopped by Ctrl-C.
@Command(
    name = "espalier",
    description = "Trains one shared transformer for many tasks, on the JVM alone.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    versionProvider = Main.Version.class)
public final class Main {
  private static final int FAILED = 1;
  private static final int WRONG_ARGUMENTS = 2;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean debug;

  @Option(
      names = "--threads",
      paramLabel = "N",
      scope = ScopeType.INHERIT,
      description = "Threads to compute with (default: one a processor).")
  private @Nullable Integer threads;

  Main() {}

  /// Runs a command and ends the process with its exit code.
  public static void main(String[] arguments) {
    PrintWriter out = writer(System.out);
    PrintWriter err = writer(System.err);
    System.exit(run(new DemoCommand(out, err), out, err, arguments));
  }

  /// Where the locale knows nothing but ASCII we write UTF-8, which such terminals usually show.
  private static PrintWriter writer(PrintStream stream) {
    Charset own = stream.charset();
    Charset charset = own.newEncoder().canEncode('±') ? own : StandardCharsets.UTF_8;
    return new PrintWriter(new OutputStreamWriter(stream, charset), true);
  }

  /// Runs a command.
  ///
  /// @param demo what `demo` does
  /// @return the exit code
  static int run(DemoCommand demo, PrintWriter out, PrintWriter err, String... arguments) {
    Main main = new Main();
    CommandLine commands =
        new CommandLine(main)
            .addSubcommand(demo)
            .addSubcommand(new SimilarityCommand(out, err))
            .addSubcommand(new PredictCommand(out, err))
            .addSubcommand(new DescribeCommand(out))
            .setOut(out)
            .setErr(err)
            .setExecutionStrategy(parsed -> {
              main.limitThreads(parsed.commandSpec().commandLine());
              return new RunLast().execute(parsed);
            })
            .setParameterExceptionHandler((e, _) -> wrongArguments(e, err))
            .setExecutionExceptionHandler((e, _, _) -> main.failed(e, err));
    try {
      return commands.execute(arguments);
    } catch (OutOfMemoryError e) {
      err.println(
          "espalier: out of memory; give the heap more, as in ESPALIER_JAVA_OPTS='-Xmx4g', or ask"
              + " for less");
      if (main.debug) {
        e.printStackTrace(err);
      }
      return FAILED;
    }
  }

  /// The engine fixes its threads when it is loaded, and no command has touched it yet.
  private void limitThreads(CommandLine commands) {
    if (threads == null) {
      return;
    }
    if (threads < 1) {
      throw new ParameterException(commands, "--threads is " + threads + ", expected 1 or more");
    }
    System.setProperty("espalier.threads", Integer.toString(threads));
  }

  private static int wrongArguments(ParameterException e, PrintWriter err) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    err.println("espalier: " + line(e) + "; see " + command + " --help");
    return WRONG_ARGUMENTS;
  }

  private int failed(Exception e, PrintWriter err) {
    boolean expected =
        e instanceof FormatException
            || e instanceof TensorException
            || e instanceof UncheckedIOException
            || e instanceof ArgumentError;
    err.println(
        "espalier: "
            + (expected
                ? line(e)
                : "internal error, please report it: "
                    + e.getClass().getSimpleName()
                    + ": "
                    + line(e))
            + (expected || debug ? "" : " (--debug prints the stack trace)"));
    if (debug) {
      e.printStackTrace(err);
    }
    return e instanceof ArgumentError ? WRONG_ARGUMENTS : FAILED;
  }

  private static String line(Exception e) {
    return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", "; ");
  }

  /// The version that Maven put into the jar.
  static final class Version implements IVersionProvider {
    private static final String PROPERTIES =
        "/META-INF/maven/org.espalier/espalier-cli/pom.properties";

    @Override
    public String[] getVersion() {
      return new String[] {"espalier " + number() + ", Java " + Runtime.version()};
    }

    private static String number() {
      try (InputStream in = Main.class.getResourceAsStream(PROPERTIES)) {
        Properties properties = new Properties();
        if (in != null) {
          properties.load(in);
        }
        return properties.getProperty("version", "(not built by Maven)");
      } catch (IOException e) {
        return "(unknown)";
      }
    }
  }
}
