package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.espalier.cli.data.DemoTask;
import org.espalier.cli.data.TagExample;
import org.espalier.cli.data.TaskData;
import org.espalier.cli.data.TextExample;
import org.espalier.cli.data.WordExample;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.text.Tokenizer;
import org.junit.jupiter.api.Test;

/// By hand, with the vocabulary of [Tiny]: "unhappily" is `un ##happy ##ly` there, but spelled
/// "unhappyly".
final class EncodedTaskTest {
  private static final Tokenizer TOKENIZER = Tiny.encoder().tokenizer();
  private static final int NONE = Target.TokenTags.NONE;

  private static int[] ids(Example e) {
    return IntStream.range(0, e.length()).map(e::id).toArray();
  }

  @Test
  void encodesASentence() {
    var data =
        new TaskData<>(
            "t", List.of("x", "y"), List.of(new TextExample("A CAT sleeps!", 1)), List.of());
    Example e =
        EncodedTask.of(new DemoTask.SentenceClasses(data), TOKENIZER, 48).train().getFirst();
    assertArrayEquals(new int[] {2, 4, 5, 11, 19, 3}, ids(e));
    assertEquals(new Target.SequenceClass(1), e.target());
  }

  @Test
  void pointsAtTheFirstPieceOfTheWord() {
    var example = new WordExample(List.of("the", "unhappyly", "runs"), 2, 1);
    var data = new TaskData<>("t", List.of("x", "y"), List.of(example), List.of());
    Example e = EncodedTask.of(new DemoTask.WordClasses(data), TOKENIZER, 48).train().getFirst();
    assertArrayEquals(new int[] {2, 14, 15, 16, 17, 10, 3}, ids(e));
    assertEquals(new Target.TokenClass(5, 1), e.target());
  }

  @Test
  void leavesOutAnExampleWhoseWordIsCutOff() {
    var seen = new WordExample(List.of("cat", "cat", "dog", "dog", "dog"), 1, 0);
    var lost = new WordExample(List.of("cat", "cat", "dog", "dog", "dog"), 3, 0);
    var data = new TaskData<>("t", List.of("x", "y"), List.of(seen, lost), List.of(lost));
    EncodedTask task = EncodedTask.of(new DemoTask.WordClasses(data), TOKENIZER, 5);
    assertEquals(1, task.train().size());
    assertEquals(0, task.validation().size());
    assertEquals(2, task.dropped());
    assertEquals(3, task.cut());
  }

  @Test
  void tagsTheFirstPieceOfEachWord() {
    var example = new TagExample(List.of("the", "unhappyly", "cat", "."), List.of(0, 1, 2, 0));
    var data = new TaskData<>("t", List.of("O", "B", "I"), List.of(example), List.of());
    Example e = EncodedTask.of(new DemoTask.WordTags(data), TOKENIZER, 48).train().getFirst();
    assertArrayEquals(new int[] {2, 14, 15, 16, 17, 5, 18, 3}, ids(e));
    assertEquals(new Target.TokenTags(NONE, 0, 1, NONE, NONE, 2, 0, NONE), e.target());
  }

  @Test
  void keepsTheTagsOfWhatIsNotCutOff() {
    var example = new TagExample(List.of("the", "unhappyly", "cat"), List.of(0, 1, 2));
    var data = new TaskData<>("t", List.of("O", "B", "I"), List.of(example), List.of());
    Example e = EncodedTask.of(new DemoTask.WordTags(data), TOKENIZER, 4).train().getFirst();
    assertEquals(new Target.TokenTags(NONE, 0, 1, NONE), e.target());
  }
}
