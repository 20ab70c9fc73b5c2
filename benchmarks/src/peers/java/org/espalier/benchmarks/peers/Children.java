package org.espalier.benchmarks.peers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The processes of a run.
final class Children implements AutoCloseable {
  private final boolean lasting;
  private final Map<Child.Setting, Child> running = new LinkedHashMap<>();

  /// Makes no process yet.
  ///
  /// @param lasting whether a process serves all rows, so that what is compiled stays so; otherwise
  ///   each row has fresh ones, and nothing of another row is in them
  Children(boolean lasting) {
    this.lasting = lasting;
  }

  /// Returns the process of a setting, which is started if there is none.
  Child get(Child.Setting setting) {
    return running.computeIfAbsent(setting, Child::start);
  }

  /// Ends what a row has used, unless processes last.
  void endRow() {
    if (!lasting) {
      endAll();
    }
  }

  /// Ends a process that no row will want again, or not soon.
  void end(Child.Setting setting) {
    Child child = running.remove(setting);
    if (child != null) {
      child.close();
    }
  }

  /// Ends all processes, so that what comes has the machine to itself.
  void endAll() {
    List.copyOf(running.keySet()).forEach(this::end);
  }

  @Override
  public void close() {
    endAll();
  }
}
