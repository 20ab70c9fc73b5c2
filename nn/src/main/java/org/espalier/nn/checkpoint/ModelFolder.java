package org.espalier.nn.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.espalier.Tensor;
import org.espalier.io.AtomicFile;
import org.espalier.io.FormatException;
import org.espalier.io.SafetensorsWriter;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonObject;
import org.espalier.nn.Weights;
import org.espalier.nn.model.BertConfig;
import org.espalier.nn.text.Tokenizer;
import org.espalier.nn.text.TokenizerFile;

/// A model on disk, laid out as Hugging Face's: `config.json`, `model.safetensors` and
/// `tokenizer.json`, and beside them whatever else belongs to it. Large models come in shards with
/// `model.safetensors.index.json` in the place of the one file; both are read, and written.
///
/// ```java
/// ModelFolder.save(folder, config, parameters.all(), Map.of("tokenizer.json", tokenizerText));
/// var model = ModelFolder.open(folder);
/// var encoder = new Bert(Parameters.loaded(model.weights()), model.config());
/// ```
public final class ModelFolder {
  /// The file of the sizes.
  public static final String CONFIG = "config.json";

  /// The file of the parameters.
  public static final String WEIGHTS = "model.safetensors";

  /// The file that says which shard holds which parameter, where there is no [#WEIGHTS].
  public static final String INDEX = "model.safetensors.index.json";

  /// Bytes of parameters from which a model is written in shards: what Hugging Face takes.
  public static final long SHARD_BYTES = 5_000_000_000L;

  private static final Pattern SHARD =
      Pattern.compile("model-[0-9]{5,}-of-[0-9]{5,}\\.safetensors");

  /// The file of the tokenizer.
  public static final String TOKENIZER = "tokenizer.json";

  /// How often a reader starts anew when another model takes the place of the one it reads.
  private static final int ATTEMPTS = 10;

  private final Path path;
  private final Object identity;
  private final BertConfig config;
  private final Weights weights;

  private ModelFolder(Path path, Object identity, BertConfig config, Weights weights) {
    this.path = path;
    this.identity = identity;
    this.config = config;
    this.weights = weights;
  }

  /// Opens a folder: reads the sizes, checks the header of the weights, and leaves the rest for
  /// later. Where a crash during [#save] left no folder of this name, the older model gets it back.
  ///
  /// @throws FormatException when it is no model folder, a file in it is malformed, or it is
  ///   replaced again and again while it is read
  /// @throws UncheckedIOException when a file cannot be read
  public static ModelFolder open(Path folder) {
    return open(folder, () -> {});
  }

  /// Runs `between` after the sizes have been read, and before the weights are.
  static ModelFolder open(Path folder, Runnable between) {
    for (int i = 0; i < ATTEMPTS; i++) {
      requireFolder(folder);
      Object identity = AtomicFolder.identity(folder);
      try {
        BertConfig config = BertConfigFile.read(json(folder, CONFIG));
        between.run();
        boolean sharded =
            !Files.exists(folder.resolve(WEIGHTS)) && Files.exists(folder.resolve(INDEX));
        Path file = existing(folder, sharded ? INDEX : WEIGHTS);
        Weights weights = SafetensorsWeights.open(file);
        if (identity != null && identity.equals(AtomicFolder.identity(folder))) {
          return new ModelFolder(folder, identity, config, weights);
        }
      } catch (FormatException | UncheckedIOException e) {
        if (identity != null && identity.equals(AtomicFolder.identity(folder))) {
          throw e; // not for a model that took the place of this one
        }
      }
    }
    throw new FormatException(
        folder.toString(), "replaced again and again while it was read; open it later");
  }

  private static void requireFolder(Path folder) {
    boolean there;
    try {
      there = new AtomicFolder(folder).restore();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "a crash left the model beside %s, as .%s.*.old, and it cannot be moved back: %s"
              .formatted(folder, folder.getFileName(), e),
          e);
    }
    if (!there || Files.isRegularFile(folder)) {
      throw new FormatException(
          folder.toString(),
          (there ? "a file" : "not there")
              + "; expected a folder with "
              + CONFIG
              + ", "
              + WEIGHTS
              + " and "
              + TOKENIZER);
    }
  }

  private static Path existing(Path folder, String name) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new FormatException(folder.toString(), "no model folder: it has no file " + name);
    }
    return file;
  }

  private static JsonObject json(Path folder, String name) {
    return Json.readObject(existing(folder, name));
  }

  /// Returns the folder.
  public Path path() {
    return path;
  }

  /// Returns the sizes of the encoder.
  public BertConfig config() {
    return config;
  }

  /// Returns the parameters.
  public Weights weights() {
    return weights;
  }

  /// Reads the tokenizer.
  ///
  /// @throws FormatException when there is none, one of an unsupported kind, or another model has
  ///   taken the place of the one that was opened
  public Tokenizer tokenizer() {
    return ofThisModel(() -> TokenizerFile.read(existing(path, TOKENIZER)));
  }

  /// Reads another file of the folder, a JSON object.
  ///
  /// @throws FormatException when it is not there or not JSON, or another model has taken the place
  ///   of the one that was opened
  public JsonObject json(String name) {
    return ofThisModel(() -> json(path, name));
  }

  /// Reads a file that has to belong to the sizes and weights that were read before.
  private <T> T ofThisModel(Supplier<T> file) {
    try {
      T read = file.get();
      if (identity.equals(AtomicFolder.identity(path))) {
        return read;
      }
    } catch (FormatException | UncheckedIOException e) {
      if (identity.equals(AtomicFolder.identity(path))) {
        throw e;
      }
    }
    throw new FormatException(
        path.toString(), "another model took its place since it was opened; open it again");
  }

  /// Writes a model. The folder appears, or replaces an older model, complete: [#open] at any
  /// moment, and after a crash at any moment, reads one of the two and never a part or a mixture.
  /// Two that save in one folder at a time do so one after the other.
  ///
  /// @param parameters by the names they get in the file
  /// @param texts other files by name, `tokenizer.json` first of all
  /// @throws UncheckedIOException when the disk refuses, or when the folder holds something that is
  ///   no part of a model; what was there is then intact
  public static void save(
      Path folder, BertConfig config, Map<String, Tensor> parameters, Map<String, String> texts) {
    save(folder, config, parameters, texts, SHARD_BYTES);
  }

  /// Writes a model whose parameters take several files when they are more than `shardBytes` bytes;
  /// see [#save(Path, BertConfig, Map, Map)].
  ///
  /// @param shardBytes most bytes of parameters in one file
  public static void save(
      Path folder,
      BertConfig config,
      Map<String, Tensor> parameters,
      Map<String, String> texts,
      long shardBytes) {
    save(folder, config, parameters, texts, shardBytes, _ -> {});
  }

  /// Tells before each step what it will be, so that a test can look at the disk there.
  static void save(
      Path folder,
      BertConfig config,
      Map<String, Tensor> parameters,
      Map<String, String> texts,
      long shardBytes,
      Consumer<String> before) {
    Set<String> names = new LinkedHashSet<>(texts.keySet());
    names.add(CONFIG);
    names.add(WEIGHTS);
    names.add(INDEX);
    try {
      new AtomicFolder(folder)
          .write(
              (fresh, old) -> {
                refuseForeign(old, names);
                text(fresh.resolve(CONFIG), BertConfigFile.write(config));
                texts.forEach((name, content) -> text(fresh.resolve(name), content));
                SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
                parameters.forEach(writer::tensor);
                writer.writeSharded(fresh.resolve(WEIGHTS), shardBytes);
              },
              before);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot save the model in " + folder + ": " + e, e);
    }
  }

  private static void text(Path file, String content) {
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  /// What is not ours is not ours to replace.
  private static void refuseForeign(Path target, Set<String> names) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    try (Stream<Path> files = Files.list(target)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = String.valueOf(file.getFileName());
        if (!names.contains(name) && !SHARD.matcher(name).matches()) {
          throw new IOException(
              "the folder also holds '"
                  + name
                  + "', which is no part of a model; choose another folder or move it away");
        }
      }
    }
  }
}
