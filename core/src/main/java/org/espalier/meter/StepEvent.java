package org.espalier.meter;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// One step of training.
@Name("org.espalier.Step")
@Label("Training Step")
@Category("Espalier")
@Description("Forward, backward and the optimiser's step")
@StackTrace(false)
final class StepEvent extends Event {
  @Label("Step")
  long number;

  @Label("Task")
  String task = "";

  @Label("Loss")
  double loss;

  @Label("Tokens")
  long tokens;
}
