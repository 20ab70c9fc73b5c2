package org.espalier.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.TensorException;
import org.espalier.io.FormatException;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonArray;
import org.espalier.io.json.JsonObject;
import org.espalier.multitask.sharing.HardSharing;
import org.espalier.multitask.train.MultiTaskModel;
import org.espalier.multitask.train.Task;
import org.espalier.nn.Parameters;
import org.espalier.nn.checkpoint.ModelFolder;
import org.espalier.nn.data.Example;
import org.espalier.nn.head.Head;
import org.espalier.nn.head.Prediction;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.espalier.nn.text.Tokenizer;

/// A model with heads for tasks in a folder: a [ModelFolder] with `espalier.json`, which says what
/// the tasks are.
final class SavedModel {
  private static final String TASKS = "espalier.json";
  private static final int FORMAT = 1;
  private static final String SOFT = "soft";

  private final ModelFolder folder;
  private final List<TaskSpec> tasks;
  private final boolean soft;
  private final Tokenizer tokenizer;

  private SavedModel(ModelFolder folder, List<TaskSpec> tasks, boolean soft, Tokenizer tokenizer) {
    this.folder = folder;
    this.tasks = tasks;
    this.soft = soft;
    this.tokenizer = tokenizer;
  }

  /// Where the encoder of a task is in the parameter tree when each task has its own.
  static String encoderPath(String task) {
    return "encoders." + task;
  }

  /// Saves a trained model.
  static void save(Path folder, Pretrained start, MultiTaskModel model, List<TaskSpec> tasks) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("format", FORMAT);
    json.put("sharing", model.sharing().name());
    json.put("tasks", tasks.stream().map(TaskSpec::json).toList());
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(ModelFolder.TOKENIZER, start.tokenizerFile());
    texts.put(TASKS, Json.writeIndented(json) + "\n");
    ModelFolder.save(folder, start.config(), model.parameters().all(), texts);
  }

  /// Opens a model.
  ///
  /// @throws FormatException when the folder holds none, or a file in it is malformed
  static SavedModel open(Path path) {
    ModelFolder folder = ModelFolder.open(path);
    JsonObject json = folder.json(TASKS);
    if (json.integer("format") != FORMAT) {
      throw json.fault("format " + json.integer("format") + " is not known; expected " + FORMAT);
    }
    List<TaskSpec> tasks = new ArrayList<>();
    JsonArray array = json.array("tasks");
    for (int i = 0; i < array.size(); i++) {
      tasks.add(TaskSpec.read(array.object(i)));
    }
    boolean soft = json.string("sharing").equals(SOFT);
    return new SavedModel(folder, List.copyOf(tasks), soft, folder.tokenizer());
  }

  /// What it can be asked.
  List<TaskSpec> tasks() {
    return tasks;
  }

  /// Its tokenizer.
  Tokenizer tokenizer() {
    return tokenizer;
  }

  /// The sizes of its encoder.
  BertConfig config() {
    return folder.config();
  }

  /// Answers examples of a task; their targets are not looked at, but for the position of a word.
  ///
  /// @throws FormatException when the weights are not those of such a model
  List<Prediction> predict(TaskSpec spec, List<Example> examples) {
    try {
      Parameters root = Parameters.loaded(folder.weights());
      Parameters trunk = soft ? root.at(encoderPath(spec.name())) : root;
      Bert bert = new Bert(trunk, folder.config());
      Head head = spec.head(root, folder.config().hiddenSize(), 0);
      Task task = new Task(spec.name(), head, spec.headPath(), List.of(), List.of(), spec.scores());
      var model = new MultiTaskModel(root, new HardSharing(bert, Map.of()), List.of(task));
      return model.predict(task, examples, 32);
    } catch (TensorException e) {
      throw new FormatException(folder.path().toString(), String.valueOf(e.getMessage()), e);
    }
  }
}
