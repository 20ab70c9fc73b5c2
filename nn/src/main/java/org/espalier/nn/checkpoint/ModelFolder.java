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
import java.util.concurrent.ThreadLocalRandom;
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

  private final Path path;
  private final BertConfig config;
  private final Weights weights;

  private ModelFolder(Path path, BertConfig config, Weights weights) {
    this.path = path;
    this.config = config;
    this.weights = weights;
  }

  /// Opens a folder: reads the sizes, checks the header of the weights, and leaves the rest for
  /// later.
  ///
  /// @throws FormatException when it is no model folder, or a file in it is malformed
  /// @throws UncheckedIOException when a file cannot be read
  public static ModelFolder open(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new FormatException(
          folder.toString(),
          (Files.exists(folder) ? "a file" : "not there")
              + "; expected a folder with "
              + CONFIG
              + ", "
              + WEIGHTS
              + " and "
              + TOKENIZER);
    }
    BertConfig config = BertConfigFile.read(json(folder, CONFIG));
    boolean sharded = !Files.exists(folder.resolve(WEIGHTS)) && Files.exists(folder.resolve(INDEX));
    Path file = existing(folder, sharded ? INDEX : WEIGHTS);
    return new ModelFolder(folder, config, SafetensorsWeights.open(file));
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
  /// @throws FormatException when there is none, or one of an unsupported kind
  public Tokenizer tokenizer() {
    return TokenizerFile.read(existing(path, TOKENIZER));
  }

  /// Reads another file of the folder, a JSON object.
  ///
  /// @throws FormatException when it is not there or not JSON
  public JsonObject json(String name) {
    return json(path, name);
  }

  /// Writes a model. The folder appears, or replaces an older model, complete: what a reader sees
  /// at any moment is never half-written.
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
    Path target = folder.toAbsolutePath().normalize();
    Set<String> names = new LinkedHashSet<>(texts.keySet());
    names.add(CONFIG);
    names.add(WEIGHTS);
    names.add(INDEX);
    Path temporary = sibling(target, "tmp");
    try {
      refuseForeign(target, names);
      Files.createDirectories(temporary);
      try {
        text(temporary.resolve(CONFIG), BertConfigFile.write(config));
        texts.forEach((name, content) -> text(temporary.resolve(name), content));
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        parameters.forEach(writer::tensor);
        writer.writeSharded(temporary.resolve(WEIGHTS), shardBytes);
        replace(temporary, target);
      } finally {
        delete(temporary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot save the model in " + folder + ": " + e, e);
    }
  }

  private static Path sibling(Path target, String ending) {
    String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return target.resolveSibling("." + target.getFileName() + "." + suffix + "." + ending);
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

  private static void replace(Path temporary, Path target) throws IOException {
    if (!Files.exists(target)) {
      Files.move(temporary, target);
      return;
    }
    Path old = sibling(target, "old");
    Files.move(target, old);
    try {
      Files.move(temporary, target);
    } catch (IOException e) {
      Files.move(old, target);
      throw e;
    }
    delete(old);
  }

  /// Deletes a folder of files, if it is there.
  private static void delete(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
