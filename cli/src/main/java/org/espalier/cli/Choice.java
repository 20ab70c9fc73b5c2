package org.espalier.cli;

import java.util.List;

/// A method by name with numbers that go with it, as `fixed:1,0.5` or `temperature:0.75`.
///
/// @param name the method
/// @param numbers what follows the colon; empty without one
record Choice(String name, List<Double> numbers) {
  Choice {
    numbers = List.copyOf(numbers);
  }

  /// A method without numbers.
  static Choice of(String name) {
    return new Choice(name, List.of());
  }

  /// Reads a choice.
  ///
  /// @throws IllegalArgumentException when what follows the colon is not numbers
  static Choice parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return of(text);
    }
    try {
      List<Double> numbers =
          List.of(text.substring(colon + 1).split(",", -1)).stream()
              .map(Double::parseDouble)
              .toList();
      return new Choice(text.substring(0, colon), numbers);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + text + "': expected numbers after the colon, separated by commas", e);
    }
  }

  @Override
  public String toString() {
    return numbers.isEmpty()
        ? name
        : name + ":" + String.join(",", numbers.stream().map(String::valueOf).toList());
  }
}
