/// Tensors, autograd and the CPU kernels of Espalier; depends on the JDK alone.
@SuppressWarnings(
    "module") // The modules that a package is exported to are compiled after this one.
@org.jspecify.annotations.NullMarked
module org.espalier.core {
  requires static jdk.jfr;
  requires static transitive org.jspecify;
  requires jdk.incubator.vector;

  exports org.espalier;
  exports org.espalier.autograd;
  exports org.espalier.graph;
  exports org.espalier.io;
  exports org.espalier.op;
  exports org.espalier.profile;
  exports org.espalier.random;
  exports org.espalier.spi;
  exports org.espalier.io.json to
      org.espalier.nn,
      org.espalier.multitask;

  uses org.espalier.spi.BackendProvider;

  provides org.espalier.spi.BackendProvider with
      org.espalier.cpu.CpuProvider,
      org.espalier.reference.ReferenceProvider;
}
