/// Multi-task learning on top of Espalier's transformers.
@org.jspecify.annotations.NullMarked
module org.espalier.multitask {
  requires transitive org.espalier.nn;
  requires static transitive org.jspecify;

  exports org.espalier.multitask.aggregation;
  exports org.espalier.multitask.diagnostics;
  exports org.espalier.multitask.report;
  exports org.espalier.multitask.sampling;
  exports org.espalier.multitask.sharing;
  exports org.espalier.multitask.train;
  exports org.espalier.multitask.weighting;
}
