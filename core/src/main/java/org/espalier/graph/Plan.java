package org.espalier.graph;

import java.util.List;
import org.espalier.spi.Recording;

/// What the runs of a key are fed, as the first of them showed.
record Plan(List<Feed> feeds, int seeds) {
  List<Recording.Input> inputs() {
    return feeds.stream().map(Feed::input).toList();
  }
}
