package org.espalier.cuda.planted;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// One kernel in the text of its file, and the errors that people make, made in it.
///
/// @param family the file
/// @param kernel its name
record KernelText(String family, String kernel) {
  private static final Pattern BARRIER = Pattern.compile("(?m)^\\s*bar(?:rier)?\\.sync\\b[^;]*;");
  private static final Pattern PARAMETER =
      Pattern.compile("\\.param\\s+\\.([usf](?:32|64))\\s+(\\w+)");

  /// A kernel's file with an error in it.
  ///
  /// @param error in words
  record Wrong(String family, String error, String text) {
    @Override
    public String toString() {
      return error;
    }
  }

  private String text() {
    return ChangedModule.ptx(family);
  }

  private int begin(String text) {
    int at = text.indexOf(".entry " + kernel + "(");
    if (at < 0) {
      throw new IllegalStateException(family + " has no kernel " + kernel);
    }
    return at;
  }

  private static int end(String text, int begin) {
    return text.indexOf("\n}", begin);
  }

  private List<MatchResult> parameters() {
    String text = text();
    int begin = begin(text);
    return PARAMETER.matcher(text).region(begin, text.indexOf(')', begin)).results().toList();
  }

  private Wrong with(int from, String instead, int to, String error) {
    String text = text();
    String changed = text.substring(0, from) + instead + text.substring(to);
    if (changed.equals(text)) {
      throw new IllegalStateException(kernel + ": no place for " + error);
    }
    return new Wrong(family, error, changed);
  }

  /// Returns the kernel without its barriers, each left out once.
  List<Wrong> withoutABarrier() {
    List<Wrong> all = new ArrayList<>();
    String text = text();
    int begin = begin(text);
    List<MatchResult> barriers =
        BARRIER.matcher(text).region(begin, end(text, begin)).results().toList();
    for (MatchResult barrier : barriers) {
      String error = "no barrier " + (all.size() + 1) + " of " + barriers.size();
      all.add(with(barrier.start(), "", barrier.end(), error));
    }
    return all;
  }

  /// Returns the kernel with each number that it is given one too large, and one too small.
  List<Wrong> offByOne() {
    List<Wrong> all = new ArrayList<>();
    String text = text();
    int begin = begin(text);
    int end = end(text, begin);
    for (MatchResult parameter : parameters()) {
      if (!parameter.group(1).equals("u32")) {
        continue;
      }
      Pattern load =
          Pattern.compile("ld\\.param\\.u32\\s+(%r\\d+), \\[" + parameter.group(2) + "];");
      for (int by : new int[] {1, -1}) {
        String body =
            load.matcher(text.substring(begin, end)).replaceAll("$0 add.s32 $1, $1, " + by + ";");
        String error = "parameter " + number(parameter.group(2)) + " off by " + by;
        all.add(with(begin, body, end, error));
      }
    }
    return all;
  }

  /// Returns the kernel with each two neighbours of its pointers, and of its numbers, exchanged.
  List<Wrong> withParametersExchanged() {
    String text = text();
    int begin = begin(text);
    int end = end(text, begin);
    Map<String, String> last = new HashMap<>();
    List<Wrong> all = new ArrayList<>();
    for (MatchResult parameter : parameters()) {
      String name = parameter.group(2);
      String before = last.put(parameter.group(1), name);
      if (before != null) {
        String body =
            text.substring(begin, end)
                .replace("[" + before + "]", "[#]")
                .replace("[" + name + "]", "[" + before + "]")
                .replace("[#]", "[" + name + "]");
        String error = "parameters " + number(before) + " and " + number(name) + " exchanged";
        if (!body.equals(text.substring(begin, end))) { // else it uses neither
          all.add(with(begin, body, end, error));
        }
      }
    }
    return all;
  }

  private static String number(String parameter) {
    return parameter.substring(parameter.lastIndexOf('_') + 1);
  }
}
