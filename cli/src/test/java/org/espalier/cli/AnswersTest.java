package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.head.Prediction;
import org.espalier.nn.head.Prediction.Classes;
import org.espalier.nn.text.Encoding;
import org.espalier.nn.text.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AnswersTest {
  private static final Tokenizer TOKENIZER = Tiny.encoder().tokenizer();

  private static String render(TaskSpec task, String text, Prediction answer) {
    return Answers.render(task, text, text, TOKENIZER.encode(text), answer, 2);
  }

  @Test
  void listsTheLikeliestClasses() {
    var task = new TaskSpec("t", TaskSpec.Kind.SENTENCE_CLASSES, List.of("x", "y", "z"), 0, 1);
    assertEquals(
        "a cat\n   70.0 %  z\n   20.0 %  x\n",
        render(task, "a cat", new Classes(0.2f, 0.1f, 0.7f)));
  }

  @Test
  void answersInTheRawUnit() {
    var task = new TaskSpec("depth", TaskSpec.Kind.REGRESSION, List.of(), 8, 2);
    assertEquals("a cat\n  depth 9.00\n", render(task, "a cat", new Prediction.Value(0.5)));
  }

  @Test
  void putsTagsUnderTheirWords() {
    var task = new TaskSpec("t", TaskSpec.Kind.WORD_TAGS, List.of("O", "B", "I"), 0, 1);
    Encoding encoding = TOKENIZER.encode("the unhappyly have cat!");
    Classes o = new Classes(0.8f, 0.1f, 0.1f);
    Classes b = new Classes(0.25f, 0.75f, 0);
    Classes i = new Classes(0.1f, 0.3f, 0.6f);
    assertEquals(9, encoding.length());
    var tags = new Prediction.Tags(o, o, b, i, i, i, o, o, o);
    assertEquals(
        "the unhappyly have  cat !\n    B 75%     I 60%\n",
        Answers.render(task, "", "the unhappyly have cat!", encoding, tags, 2));
    var none = new Prediction.Tags(o, o, o, o);
    assertEquals("the cat\n  no word is tagged\n", render(task, "the cat", none));
  }

  @Test
  void findsTheMarkedWord() {
    MarkedText marked = MarkedText.parse("the unhappyly [[bank]] river");
    assertEquals(new MarkedText("the unhappyly bank river", 14, 18), marked);
    Example e = marked.encode(TOKENIZER, 48);
    assertEquals(new Target.TokenClass(5, 0), e.target());
    assertEquals(Tiny.WORDS.indexOf("bank"), e.id(5));
    assertEquals(
        new Target.TokenClass(2, 0),
        MarkedText.parse("the [[unhappyly]] cat").encode(TOKENIZER, 48).target());
    assertThrows(
        ArgumentError.class, () -> MarkedText.parse("cat cat cat [[dog]]").encode(TOKENIZER, 4));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bank", "[[bank", "bank]]", "[[ ]]", "[[a]] [[b]]", "]]bank[["})
  void wantsExactlyOneMark(String text) {
    assertThrows(ArgumentError.class, () -> MarkedText.parse(text));
  }
}
