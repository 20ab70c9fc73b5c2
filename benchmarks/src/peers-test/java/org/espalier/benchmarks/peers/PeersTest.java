package org.espalier.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.espalier.benchmarks.Network;
import org.espalier.benchmarks.ProductShape;
import org.espalier.benchmarks.Workload;
import org.espalier.io.SafetensorsWriter;
import org.espalier.io.json.Json;
import org.espalier.nn.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/// That both sides compute the same, in every row, and that a run ends in a table, a file and a
/// picture. How fast they are is not looked at.
final class PeersTest {
  @TempDir Path folder = Path.of("");

  private Job job(Workload workload, boolean bucketed) {
    Network tiny = workload.network().isEncoder() ? Network.TINY_ENCODER : Network.TINY_DECODER;
    Path file = folder.resolve(tiny + ".safetensors");
    if (!Files.exists(file)) {
      SafetensorsWriter writer = new SafetensorsWriter();
      tiny.with(Parameters.random(7), 0).parameters().all().forEach(writer::tensor);
      writer.write(file);
    }
    return new Job(workload, tiny, bucketed, 0, file);
  }

  @Test
  void pyTorchHasOurLossesAndHiddenStates() {
    try (Contestant ours = new EspalierSide(2);
        Contestant torch = new TorchSide(1, false);
        Contestant fast = new TorchSide(1, true)) {
      for (Workload workload : Workload.values()) {
        for (boolean bucketed : new boolean[] {false, true}) {
          Job job = job(workload, bucketed);
          ours.open(job);
          torch.open(job);
          fast.open(job);
          double[] expected = ours.probe();
          Probe.require(workload.name(), expected, torch.probe());
          Probe.require(workload.name() + " by the fast path", expected, fast.probe());
        }
      }
    }
  }

  @Test
  void theLossesShowWhetherTheParametersMoved() {
    try (Contestant ours = new EspalierSide(2)) {
      ours.open(job(Workload.MINILM_TRAINING, false));
      double[] losses = ours.probe();
      assertTrue(Math.abs(losses[2] - losses[0]) > 3 * Probe.BOUND, losses[0] + ", " + losses[2]);
    }
  }

  @Test
  void openBlasHasOurProductsInEveryForm() {
    try (Contestant ours = new EspalierSide(2);
        Contestant openBlas = new OpenBlasSide(2)) {
      for (ProductShape shape :
          List.of(new ProductShape(1, 33, 20, 17), new ProductShape(3, 5, 3, 4))) {
        for (var form : ProductShape.Form.values()) {
          ours.open(shape, form);
          openBlas.open(shape, form);
          double[] expected = ours.probe();
          assertEquals(Math.min(64, shape.batch() * shape.m() * shape.n()), expected.length);
          Probe.require(shape + " " + form, expected, openBlas.probe());
        }
      }
    }
  }

  @Test
  void refusesToCompareWhatDiffers() {
    assertEquals(5e-5, Probe.require("row", new double[] {2, 1}, new double[] {2.0001, 1}), 1e-9);
    assertThrows(
        IllegalStateException.class,
        () -> Probe.require("row", new double[] {1}, new double[] {1.0002}));
    assertThrows(
        IllegalStateException.class,
        () -> Probe.require("row", new double[] {1}, new double[] {Double.NaN}));
    assertThrows(
        IllegalStateException.class, () -> Probe.require("row", new double[0], new double[0]));
  }

  @Test
  void aJobSurvivesItsLine() {
    Job job = new Job(Workload.GPT2_TRAINING, Network.GPT2, true, 0.1, Path.of("a b/c"));
    assertEquals(job, Job.of(job.line()));
  }

  @Test
  void aRunEndsInATableAFileAndAPicture() throws Exception {
    Path json = folder.resolve("run.json");
    Path svg = folder.resolve("run.svg");
    Peers.main(
        new String[] {
          "--tiny",
          "--threads",
          "1",
          "--json",
          json.toString(),
          "--svg",
          svg.toString(),
          "product 128x384x384 NT",
          "MiniLM training step, dropout 0.1",
          "first training step"
        });
    var rows = Json.readObject(json).array("rows");
    assertEquals(4, rows.size()); // the product, the step, its first one, its memory
    for (int i = 0; i < rows.size(); i++) {
      var row = rows.object(i);
      double ours = row.real("ours");
      double peer = row.real("peer");
      boolean rate = row.string("unit").equals("GFLOP/s");
      assertTrue(ours > 0 && peer > 0, row.toString());
      assertEquals(rate ? ours / peer : peer / ours, row.real("ratio"), 1e-12);
      assertEquals(1, row.integer("threads"));
    }
    assertTrue(!Json.readObject(json).object("machine").string("when").isEmpty());
    assertEquals(4 + 1, bars(Files.readString(svg))); // the worst product has a bar of its own
  }

  @Test
  void thePictureDrawsWhoIsAheadAndWhoIsNot() throws Exception {
    Row ahead = new Row("training", "a < b & c", 2, 1, 2, "ms", "PyTorch", 0, 0.5);
    Row behind = new Row("inference", "d", 2, 2, 1, "MB", "PyTorch", Double.NaN, Double.NaN);
    Results results = new Results(Map.of("processor", "P", "when", "W"), List.of(ahead, behind));
    String svg = Picture.of(results);
    assertEquals(2, bars(svg));
    assertTrue(svg.contains("class=\"ahead\"") && svg.contains("class=\"behind\""), svg);
    assertTrue(svg.contains("2.00x") && svg.contains("0.50x"), svg);
    assertTrue(Table.of(results.rows()).contains("2.00"), Table.of(results.rows()));
  }

  private static int bars(String svg)
      throws ParserConfigurationException, IOException, SAXException {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    return document.getElementsByTagName("rect").getLength();
  }
}
