/// Layers, transformers, tokenizers, checkpoints and optimisers on top of Espalier's tensors.
@org.jspecify.annotations.NullMarked
module org.espalier.nn {
  requires transitive org.espalier.core;
  requires static transitive org.jspecify;

  exports org.espalier.nn;
  exports org.espalier.nn.checkpoint;
  exports org.espalier.nn.data;
  exports org.espalier.nn.head;
  exports org.espalier.nn.layer;
  exports org.espalier.nn.loss;
  exports org.espalier.nn.metric;
  exports org.espalier.nn.model;
  exports org.espalier.nn.optim;
  exports org.espalier.nn.text;
  exports org.espalier.nn.transformer;
}
