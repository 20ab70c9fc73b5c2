package org.espalier.cli.data;

/// A task and how it is asked: one record for each kind of head it needs.
///
/// ```java
/// switch (task) {
///   case DemoTask.SentenceClasses t -> sentenceHead(t.data().labels().size());
///   case DemoTask.WordClasses t -> wordHead(t.data().labels().size());
///   case DemoTask.WordTags t -> tagHead(t.data().labels().size());
///   case DemoTask.Regression t -> numberHead(t.mean(), t.deviation());
/// }
/// ```
public sealed interface DemoTask {
  /// The examples.
  TaskData<? extends Example> data();

  /// The same task with fewer examples, see [TaskData#draw(int, int, long)].
  DemoTask draw(int trainCount, int validationCount, long seed);

  /// The task's name, such as `error-span`.
  default String name() {
    return data().name();
  }

  /// One class for a sentence.
  record SentenceClasses(TaskData<TextExample> data) implements DemoTask {
    @Override
    public SentenceClasses draw(int trainCount, int validationCount, long seed) {
      return new SentenceClasses(data.draw(trainCount, validationCount, seed));
    }
  }

  /// One class for one word of a sentence.
  record WordClasses(TaskData<WordExample> data) implements DemoTask {
    @Override
    public WordClasses draw(int trainCount, int validationCount, long seed) {
      return new WordClasses(data.draw(trainCount, validationCount, seed));
    }
  }

  /// One tag for every word of a sentence; the labels are `O`, `B` and `I`.
  record WordTags(TaskData<TagExample> data) implements DemoTask {
    @Override
    public WordTags draw(int trainCount, int validationCount, long seed) {
      return new WordTags(data.draw(trainCount, validationCount, seed));
    }
  }

  /// One number for a sentence, `target = (raw - mean) / deviation`.
  ///
  /// @param data the examples, their targets standardised
  /// @param mean the mean of the raw targets of the whole training split, before any draw
  /// @param deviation their standard deviation: multiply an absolute error with it to have it in
  ///   the raw unit
  record Regression(TaskData<RegressionExample> data, double mean, double deviation)
      implements DemoTask {
    @Override
    public Regression draw(int trainCount, int validationCount, long seed) {
      return new Regression(data.draw(trainCount, validationCount, seed), mean, deviation);
    }
  }
}
