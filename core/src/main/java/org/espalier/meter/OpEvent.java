package org.espalier.meter;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;

/// One op, forward or backward. Shorter ones than 100 µs are left out until a recording asks for
/// them: a recording of a day should be about what took time.
@Name("org.espalier.Op")
@Label("Tensor Op")
@Category("Espalier")
@Description("An op of the tensor engine, forward or backward")
@Threshold("100 us")
@StackTrace(false)
final class OpEvent extends Event {
  @Label("Op")
  String op = "";

  @Label("Phase")
  @Description("forward, backward, or kernel: one that ran outside any op")
  String phase = "";

  @Label("Input Shapes")
  String shapes = "";

  @Label("Own Time")
  @Description("The duration without that of the ops inside this one")
  @Timespan(Timespan.NANOSECONDS)
  long ownTime;

  @Label("Floating-Point Operations")
  @Description("Of its own matrix products, two for each multiply-add")
  long flops;

  @Label("Bytes")
  @Description("What its own kernels had to read and write")
  @DataAmount
  long bytes;

  @Label("Kernels")
  int kernels;

  @Label("Kernels of the Reference Backend")
  int delegated;
}
