package org.espalier.cli.data;

/// A sentence with a number.
///
/// @param text the sentence as it was written, case kept, runs of white space made one space
/// @param target the number to predict, standardised with the mean and deviation of the training
///   split (see [DemoTask.Regression])
public record RegressionExample(String text, double target) implements Example {}
