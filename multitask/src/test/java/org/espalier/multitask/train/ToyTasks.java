package org.espalier.multitask.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.espalier.multitask.sharing.HardSharing;
import org.espalier.multitask.sharing.SoftSharing;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.head.SequenceClassifier;
import org.espalier.nn.head.SequenceRegressor;
import org.espalier.nn.head.TokenTagger;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.espalier.random.RandomStream;

/// Small tasks that a tiny encoder can learn in seconds: does the word 7 occur, how many words are
/// above 20, which words are even.
final class ToyTasks {
  static final BertConfig TINY = new BertConfig(40, 32, 1, 4, 48, 32, 2, 1e-12, 0, 0);
  static final int DIM = 32;

  private ToyTasks() {}

  static List<Task> tasks(Parameters root, int train) {
    return List.of(
        new Task(
            "occurs",
            new SequenceClassifier(root.at("heads.occurs"), DIM, 2, 0.1),
            "heads.occurs",
            examples("occurs", train, 1),
            examples("occurs", 100, 2),
            List.of(Scores.accuracy(), Scores.rocAuc(1))),
        new Task(
            "count",
            new SequenceRegressor(root.at("heads.count"), DIM, 0),
            "heads.count",
            examples("count", train, 3),
            examples("count", 100, 4),
            List.of(Scores.r2(), Scores.meanAbsoluteError(1))),
        new Task(
            "even",
            new TokenTagger(root.at("heads.even"), DIM, 3, 0),
            "heads.even",
            examples("even", train, 5),
            examples("even", 100, 6),
            List.of(Scores.tokenF1(0), Scores.spanF1(List.of("O", "B", "I")))));
  }

  static MultiTaskModel hard(long seed, int train, String... names) {
    Parameters root = Parameters.random(seed);
    Bert bert = new Bert(root, TINY);
    Map<String, org.espalier.Tensor> below = Map.copyOf(root.all());
    return new MultiTaskModel(
        root, new HardSharing(bert, ordered(root, below)), only(tasks(root, train), names));
  }

  static MultiTaskModel soft(long seed, int train) {
    Parameters root = Parameters.random(seed);
    List<Task> tasks = tasks(root, train);
    Map<String, SoftSharing.Branch> branches = new java.util.LinkedHashMap<>();
    for (Task t : tasks) {
      Parameters own = root.at("encoders").at(t.name());
      Bert bert = new Bert(own, TINY);
      Map<String, org.espalier.Tensor> relative = new java.util.LinkedHashMap<>();
      own.all().forEach((name, p) -> relative.put(name.substring(own.path().length() + 1), p));
      branches.put(t.name(), new SoftSharing.Branch(bert, relative));
    }
    return new MultiTaskModel(root, new SoftSharing(branches, 0.01), tasks);
  }

  private static Map<String, org.espalier.Tensor> ordered(
      Parameters root, Map<String, org.espalier.Tensor> some) {
    Map<String, org.espalier.Tensor> out = new java.util.LinkedHashMap<>();
    root.all()
        .forEach((name, t) -> {
          if (some.containsKey(name)) {
            out.put(name, t);
          }
        });
    return out;
  }

  private static List<Task> only(List<Task> all, String... names) {
    return names.length == 0
        ? all
        : all.stream().filter(t -> Arrays.asList(names).contains(t.name())).toList();
  }

  static List<Example> examples(String kind, int n, long stream) {
    RandomStream random = new RandomStream(77, stream);
    List<Example> out = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      int[] ids = new int[3 + random.nextInt(6)];
      Arrays.setAll(ids, j -> 8 + random.nextInt(32));
      boolean occurs = random.nextInt(2) == 1;
      if (occurs) {
        ids[random.nextInt(ids.length)] = 7;
      }
      out.add(new Example(ids, target(kind, ids, occurs)));
    }
    return out;
  }

  private static Target target(String kind, int[] ids, boolean occurs) {
    return switch (kind) {
      case "occurs" -> new Target.SequenceClass(occurs ? 1 : 0);
      case "count" ->
          new Target.SequenceValue(
              (double) Arrays.stream(ids).filter(x -> x > 20).count() / ids.length);
      default -> new Target.TokenTags(Arrays.stream(ids).map(x -> x % 2 == 0 ? 1 : 0).toArray());
    };
  }
}
