package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page on adding an op: its code, put into the tree where it says, compiles and passes.
class AddingAnOpTest {
  private static final Pattern BLOCK =
      Pattern.compile(
          "```java (?:after=\"([^\"]+)\" )?(new|into|in)=(\\S+)\n(.*?)```", Pattern.DOTALL);

  @Test
  void theExampleOfThePageWorks(@TempDir Path folder) throws Exception {
    Path page = Path.of(System.getProperty("basedir", ".")).resolve("../docs/book/adding-an-op.md");
    PatchedTree tree = new PatchedTree(folder);
    Matcher block = BLOCK.matcher(Files.readString(page));
    int blocks = 0;
    for (; block.find(); blocks++) {
      apply(tree, block.group(2), block.group(3), block.group(1), block.group(4));
    }
    assertEquals(3, blocks, "blocks of code with a place: the op, the method, the case");
    assertEquals("", tree.compile());
    PatchedTree.Outcome outcome = tree.runCases(Set.of("Softsign"));
    assertEquals(0, outcome.code(), outcome.output());
    assertTrue(outcome.output().contains("cases passed"), outcome.output());
  }

  private static void apply(PatchedTree tree, String how, String path, String anchor, String code)
      throws Exception {
    if (how.equals("new")) {
      tree.write(path, code);
      return;
    }
    String source = tree.source(path);
    int at = source.lastIndexOf('}');
    if (anchor != null) {
      at = source.indexOf('\n', source.indexOf(anchor)) + 1;
      assertTrue(source.contains(anchor), path + " has no line with " + anchor);
    }
    tree.write(path, source.substring(0, at) + code + source.substring(at));
  }
}
