package org.espalier.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.espalier.cli.data.DemoTask;
import org.espalier.cli.data.RegressionExample;
import org.espalier.cli.data.TagExample;
import org.espalier.cli.data.TextExample;
import org.espalier.cli.data.WordExample;
import org.espalier.multitask.train.Task;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.text.Encoding;
import org.espalier.nn.text.Tokenizer;
import org.jspecify.annotations.Nullable;

/// A task's examples as token ids.
///
/// @param spec what is asked
/// @param train to learn from
/// @param validation to measure on
/// @param cut examples that were longer than allowed and lost their end
/// @param dropped examples left out because the word they ask about was in that end
record EncodedTask(
    TaskSpec spec, List<Example> train, List<Example> validation, int cut, int dropped) {

  EncodedTask {
    train = List.copyOf(train);
    validation = List.copyOf(validation);
  }

  /// Encodes a task's examples with at most so many tokens each.
  static EncodedTask of(DemoTask task, Tokenizer tokenizer, int maxTokens) {
    var encoder = new Encoder(tokenizer, maxTokens);
    List<Example> train = encoder.all(task.data().train());
    List<Example> validation = encoder.all(task.data().validation());
    return new EncodedTask(TaskSpec.of(task), train, validation, encoder.cut, encoder.dropped);
  }

  /// Makes the task with a head in a parameter tree.
  Task in(Parameters root, int dim, double dropout) {
    return new Task(
        spec.name(),
        spec.head(root, dim, dropout),
        spec.headPath(),
        train,
        validation,
        spec.scores());
  }

  private static final class Encoder {
    final Tokenizer tokenizer;
    final int maxTokens;
    int cut;
    int dropped;

    Encoder(Tokenizer tokenizer, int maxTokens) {
      this.tokenizer = tokenizer;
      this.maxTokens = maxTokens;
    }

    List<Example> all(List<? extends org.espalier.cli.data.Example> examples) {
      List<Example> encoded = new ArrayList<>(examples.size());
      for (var example : examples) {
        Example e = one(example);
        if (e == null) {
          dropped++;
        } else {
          encoded.add(e);
        }
      }
      return encoded;
    }

    private @Nullable Example one(org.espalier.cli.data.Example example) {
      return switch (example) {
        case TextExample(String text, int label) ->
            new Example(
                counted(tokenizer.encode(text, maxTokens)).ids(), new Target.SequenceClass(label));
        case RegressionExample(String text, double target) ->
            new Example(
                counted(tokenizer.encode(text, maxTokens)).ids(), new Target.SequenceValue(target));
        case WordExample(List<String> words, int position, int label) -> {
          Encoding encoding = counted(tokenizer.encodeWords(words, maxTokens));
          int token = firstPiece(encoding, position);
          yield token < 0 ? null : new Example(encoding.ids(), new Target.TokenClass(token, label));
        }
        case TagExample(List<String> words, List<Integer> tags) -> {
          Encoding encoding = counted(tokenizer.encodeWords(words, maxTokens));
          yield new Example(encoding.ids(), new Target.TokenTags(tags(encoding, tags)));
        }
      };
    }

    private Encoding counted(Encoding encoding) {
      if (encoding.isTruncated()) {
        cut++;
      }
      return encoding;
    }
  }

  /// The first piece of a word; -1 when it has none.
  private static int firstPiece(Encoding encoding, int word) {
    for (int i = 0; i < encoding.length(); i++) {
      if (encoding.word(i) == word) {
        return i;
      }
    }
    return -1;
  }

  /// Each word's tag on its first piece, none elsewhere.
  private static int[] tags(Encoding encoding, List<Integer> tags) {
    int[] of = new int[encoding.length()];
    Arrays.fill(of, Target.TokenTags.NONE);
    int before = -1;
    for (int i = 0; i < of.length; i++) {
      int word = encoding.word(i);
      if (word >= 0 && word != before) {
        of[i] = tags.get(word);
      }
      before = word;
    }
    return of;
  }
}
