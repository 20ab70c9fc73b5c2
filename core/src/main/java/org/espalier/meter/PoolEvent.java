package org.espalier.meter;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// The buffer pool had no array of a size, or gave arrays to the garbage collector. A steady
/// program records none.
@Name("org.espalier.Pool")
@Label("Buffer Pool")
@Category("Espalier")
@Description("The pool of tensor memory made new arrays, or let free ones go")
@StackTrace(false)
final class PoolEvent extends Event {
  @Label("What")
  @Description("miss: a new array was made; trim: free arrays went to the garbage collector")
  String what = "";

  @Label("Bytes")
  @DataAmount
  long bytes;

  @Label("In Use")
  @DataAmount
  long live;

  @Label("Free in the Pool")
  @DataAmount
  long pooled;
}
