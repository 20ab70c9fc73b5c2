package org.espalier.cli.data;

/// A sentence with one class.
///
/// @param text the sentence as it was written, case kept, runs of white space made one space
/// @param label the index of its class in the task's labels
public record TextExample(String text, int label) implements Example {}
