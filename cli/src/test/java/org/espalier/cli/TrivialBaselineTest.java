package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.espalier.multitask.train.Score;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.junit.jupiter.api.Test;

final class TrivialBaselineTest {
  private static Example example(int tokens, Target target) {
    return new Example(new int[tokens], target);
  }

  private static TrivialBaseline of(EncodedTask task, int score) {
    Score s = task.spec().scores().get(score);
    return TrivialBaseline.of(task, s);
  }

  @Test
  void answersTheMostFrequentTrainingClass() {
    var spec = new TaskSpec("t", TaskSpec.Kind.SENTENCE_CLASSES, List.of("no", "yes"), 0, 1);
    Example no = example(3, new Target.SequenceClass(0));
    Example yes = example(3, new Target.SequenceClass(1));
    var task = new EncodedTask(spec, List.of(yes, yes, no), List.of(no, no, no, yes), 0, 0);
    assertEquals("always yes", of(task, 0).description());
    assertEquals(0.25, of(task, 0).value());
    assertEquals(0.5, of(task, 1).value(), "AUC of ties");
  }

  @Test
  void answersTheTrainingMeanInTheRawUnit() {
    var spec = new TaskSpec("t", TaskSpec.Kind.REGRESSION, List.of(), 8, 2);
    Example low = example(3, new Target.SequenceValue(-1));
    Example high = example(3, new Target.SequenceValue(1));
    var task = new EncodedTask(spec, List.of(low, high), List.of(low, high, high, low), 0, 0);
    assertEquals("always the training mean, 8.00", of(task, 0).description());
    assertEquals(0, of(task, 0).value(), 1e-12);
    assertEquals(2, of(task, 1).value(), 1e-12, "each is one deviation of 2 away");
  }

  @Test
  void tagsEveryWordAlikeAsSuitsTheMetric() {
    var spec = new TaskSpec("t", TaskSpec.Kind.WORD_TAGS, List.of("O", "B", "I"), 0, 1);
    int none = Target.TokenTags.NONE;
    Example e = example(6, new Target.TokenTags(none, 0, 1, 0, 0, none));
    var task = new EncodedTask(spec, List.of(e), List.of(e, e), 0, 0);
    assertEquals("every word B", of(task, 0).description());
    assertEquals(2.0 / 5, of(task, 0).value(), 1e-12, "1 of 4 one-word spans is right: P 1/4, R 1");
    assertEquals(2.0 / 5, of(task, 1).value(), 1e-12, "P 1/4, R 1");
  }
}
