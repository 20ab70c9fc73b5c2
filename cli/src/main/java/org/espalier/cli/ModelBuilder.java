package org.espalier.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.multitask.sharing.HardSharing;
import org.espalier.multitask.sharing.SoftSharing;
import org.espalier.multitask.train.MultiTaskModel;
import org.espalier.multitask.train.Task;
import org.espalier.nn.Parameters;
import org.espalier.nn.checkpoint.PrefixedWeights;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;

/// Builds models that start from one pretrained encoder. Heads start from their names and the seed
/// alone, so a task begins with the same head in every model.
final class ModelBuilder {
  private final Pretrained start;
  private final BertConfig config;
  private final double headDropout;
  private final long seed;
  private final Device device;

  /// @param device where parameters lie
  ModelBuilder(
      Pretrained start, double encoderDropout, double headDropout, long seed, Device device) {
    this.start = start;
    this.config = start.config().withDropout(encoderDropout, encoderDropout);
    this.headDropout = headDropout;
    this.seed = seed;
    this.device = device;
  }

  /// One encoder, at the root of the tree, for these tasks.
  MultiTaskModel hard(List<EncodedTask> tasks) {
    Parameters root = Parameters.loading(start.weights(), seed).on(device);
    Bert bert = new Bert(root, config);
    Map<String, Tensor> below = root.all();
    return new MultiTaskModel(root, new HardSharing(bert, below), heads(tasks, root));
  }

  /// An encoder for each task.
  MultiTaskModel soft(List<EncodedTask> tasks) {
    List<String> places = tasks.stream().map(t -> SavedModel.encoderPath(t.spec().name())).toList();
    Parameters root =
        Parameters.loading(new PrefixedWeights(start.weights(), places), seed).on(device);
    Map<String, SoftSharing.Branch> branches = new LinkedHashMap<>();
    for (EncodedTask t : tasks) {
      Parameters place = root.at(SavedModel.encoderPath(t.spec().name()));
      Bert bert = new Bert(place, config);
      Map<String, Tensor> relative = new LinkedHashMap<>();
      place.all().forEach((name, p) -> relative.put(name.substring(place.path().length() + 1), p));
      branches.put(t.spec().name(), new SoftSharing.Branch(bert, relative));
    }
    return new MultiTaskModel(
        root, new SoftSharing(branches, SoftSharing.DEFAULT_LAMBDA), heads(tasks, root));
  }

  private List<Task> heads(List<EncodedTask> tasks, Parameters root) {
    List<Task> made = new ArrayList<>();
    for (EncodedTask t : tasks) {
      made.add(t.in(root, config.hiddenSize(), headDropout));
    }
    return made;
  }
}
