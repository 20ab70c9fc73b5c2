package org.espalier.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.espalier.Tensor;
import org.espalier.io.Safetensors;
import org.espalier.io.SafetensorsWriter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Reading a MiniLM-sized model, 90 MB of f32, from a safetensors file that the system has in
/// memory.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector", jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class LoadBenchmark {
  private Path file = Path.of("");
  private Work work = new Work(0, 0);

  /// Writes the file.
  @Setup
  public void setup(Size size) throws IOException {
    file = Files.createTempFile("espalier-benchmark", ".safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    AdamWBenchmark.parameters(size).all().forEach(writer::tensor);
    writer.write(file);
    work = new Work(0, Files.size(file) / 1e9);
  }

  /// Deletes it.
  @TearDown
  public void remove() throws IOException {
    Files.deleteIfExists(file);
  }

  /// Opens the file and copies every tensor into memory of its own; only the file's bytes count.
  @Benchmark
  public int safetensors(Rates rates) {
    rates.add(work);
    try (var _ = org.espalier.Scope.open()) {
      Safetensors open = Safetensors.open(file);
      int elements = 0;
      for (String name : open.names()) {
        Tensor t = open.read(name);
        elements += t.elements();
      }
      return elements;
    }
  }
}
