#include "stream.h"

#include <algorithm>
#include <chrono>

#include "driver.h"
#include "graph.h"
#include "settings.h"

namespace swcuda {

namespace {
u64 lastSequence = 0;

std::vector<std::unique_ptr<Event>>& events() {
  static std::vector<std::unique_ptr<Event>> all;
  return all;
}

std::vector<std::unique_ptr<Capture>>& captures() {
  static std::vector<std::unique_ptr<Capture>> all;
  return all;
}

double milliseconds() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

void runFront(Stream& stream) {
  Work work = std::move(stream.queue.front());
  stream.queue.pop_front();
  if (stream.device->broken) return;
  try {
    work.run();
  } catch (const Fault& fault) {
    stream.device->broken = report(fault.code, work.name + ": " + fault.text);
  }
}

/// A small generator for the order in which streams take turns.
u64 nextRandom() {
  static u64 state = 1;
  state = (state ^ settings().seed) * 6364136223846793005ull + 1442695040888963407ull;
  return state >> 33;
}
}  // namespace

Stream& streamOf(const void* handle) {
  Device& device = currentDevice();
  if (reinterpret_cast<u64>(handle) <= 2) return device.defaultStream;
  for (const auto& stream : device.streams) {
    if (stream.get() == handle) return *stream;
  }
  throw Fault(INVALID_HANDLE, "no stream of the current context");
}

Event& eventOf(const void* handle) {
  for (const auto& event : events()) {
    if (event.get() == handle) return *event;
  }
  throw Fault(INVALID_HANDLE, "no event, or one that was destroyed");
}

Event* newEvent(bool timed) {
  events().push_back(std::make_unique<Event>());
  events().back()->timed = timed;
  return events().back().get();
}

void deleteEvent(Event* event) {
  std::erase_if(events(), [=](const auto& e) { return e.get() == event; });
}

void forgetEvents() { events().clear(); }

void orderWithDefault(Stream& stream) {
  Device& device = *stream.device;
  if (&stream == &device.defaultStream) {
    for (const auto& other : device.streams) {
      if (other->blocking) drain(*other);
    }
  } else if (stream.blocking) {
    drain(device.defaultStream);
  }
}

void enqueue(Stream& stream, WorkKind kind, const char* name, std::function<void()> run, std::shared_ptr<PreparedLaunch> launch) {
  Work work{kind, name, std::move(run), std::move(launch), ++lastSequence};
  if (stream.capture) {
    stream.capture->graph->nodes.push_back(std::make_shared<Work>(std::move(work)));
    return;
  }
  if (&stream == &stream.device->defaultStream) {
    for (const auto& capture : captures()) {
      if (capture->origin->device != stream.device || !capture->origin->blocking) continue;
      capture->invalidated = true;
      throw Fault(CAPTURE_IMPLICIT, std::string(name) + " on the default stream while a blocking stream is being captured");
    }
  }
  orderWithDefault(stream);
  stream.queue.push_back(std::move(work));
  if (!settings().lazyStreams) drain(stream);
}

int drain(Stream& stream, u64 upTo) {
  while (!stream.queue.empty() && stream.queue.front().sequence <= upTo) runFront(stream);
  return stream.device->broken;
}

int drainAll(Device& device) {
  std::vector<Stream*> all = {&device.defaultStream};
  for (const auto& stream : device.streams) all.push_back(stream.get());
  if (settings().threadOrder == ThreadOrder::REVERSE) std::reverse(all.begin(), all.end());
  if (settings().threadOrder == ThreadOrder::SHUFFLED) {
    // Piece by piece from a stream at random: any interleaving is allowed.
    while (true) {
      std::erase_if(all, [](Stream* stream) { return stream->queue.empty(); });
      if (all.empty()) break;
      runFront(*all[nextRandom() % all.size()]);
    }
  }
  for (Stream* stream : all) drain(*stream);
  return device.broken;
}

bool makeProgress(Stream& stream) {
  if (!stream.queue.empty()) runFront(stream);
  return stream.queue.empty();
}

void recordEvent(Event& event, Stream& stream) {
  if (stream.capture) {
    event.capture = stream.capture;
    event.stream = &stream;
    return;
  }
  event.capture = nullptr;
  event.stream = &stream;
  u64 mark = event.recorded = lastSequence + 1;  // the number that enqueue gives next
  Event* handle = &event;
  enqueue(stream, WorkKind::EMPTY, "cuEventRecord", [handle, mark] {
    for (const auto& live : events()) {
      if (live.get() != handle) continue;
      handle->completed = std::max(handle->completed, mark);
      handle->time = milliseconds();
    }
  });
}

void waitForEvent(Stream& stream, Event& event) {
  if (event.capture) {
    if (stream.capture && stream.capture != event.capture) {
      throw Fault(CAPTURE_ISOLATION, "a wait for an event of another capture");
    }
    Capture& capture = *event.capture;
    if (!stream.capture) {
      stream.capture = &capture;
      capture.forked.push_back(&stream);
    } else if (&stream == capture.origin) {
      std::erase(capture.forked, event.stream);
    }
    return;
  }
  if (stream.capture) {
    stream.capture->invalidated = true;
    throw Fault(CAPTURE_ISOLATION, "a captured stream waits for an event from outside of the capture");
  }
  if (event.recorded == 0 || event.stream == &stream) return;
  Stream* other = event.stream;
  u64 mark = event.recorded;
  Device* device = other->device;
  enqueue(stream, WorkKind::EMPTY, "cuStreamWaitEvent", [other, mark, device] {
    bool alive = other == &device->defaultStream ||
                 std::any_of(device->streams.begin(), device->streams.end(), [=](const auto& s) { return s.get() == other; });
    if (alive) drain(*other, mark);
  });
}

void beginCapture(Stream& stream, CaptureMode mode) {
  if (&stream == &stream.device->defaultStream) throw Fault(CAPTURE_UNSUPPORTED, "the default stream cannot be captured");
  if (stream.capture) throw Fault(ILLEGAL_STATE, "the stream is being captured already");
  auto capture = std::make_unique<Capture>();
  capture->mode = mode;
  capture->origin = &stream;
  capture->thread = std::this_thread::get_id();
  capture->graph = std::make_shared<Graph>();
  stream.capture = capture.get();
  captures().push_back(std::move(capture));
}

std::shared_ptr<Graph> endCapture(Stream& stream) {
  Capture* capture = stream.capture;
  if (!capture || capture->origin != &stream) throw Fault(CAPTURE_UNMATCHED, "the capture did not begin in this stream");
  if (capture->mode != CaptureMode::RELAXED && capture->thread != std::this_thread::get_id()) {
    throw Fault(static_cast<Result>(908), "the capture began in another thread");
  }
  std::shared_ptr<Graph> graph = capture->graph;
  bool invalidated = capture->invalidated;
  bool unjoined = !capture->forked.empty();
  for (const auto& other : stream.device->streams) {
    if (other->capture == capture) other->capture = nullptr;
  }
  for (const auto& event : events()) {
    if (event->capture == capture) event->capture = nullptr;
  }
  std::erase_if(captures(), [=](const auto& c) { return c.get() == capture; });
  if (invalidated) throw Fault(CAPTURE_INVALIDATED, "a call that is not allowed has spoiled the capture");
  if (unjoined) throw Fault(CAPTURE_UNJOINED, "a stream that joined the capture was not joined back");
  return graph;
}

void refuseWhileCapturing(const char* name) {
  for (const auto& capture : captures()) {
    bool own = capture->thread == std::this_thread::get_id();
    if (capture->mode == CaptureMode::GLOBAL || (capture->mode == CaptureMode::THREAD_LOCAL && own)) {
      capture->invalidated = true;
      throw Fault(CAPTURE_UNSUPPORTED, std::string(name) + " is not allowed while a stream is being captured");
    }
  }
}

void refuseOnCapturing(Stream& stream, const char* name) {
  if (!stream.capture) return;
  stream.capture->invalidated = true;
  throw Fault(CAPTURE_UNSUPPORTED, std::string(name) + " of a stream that is being captured");
}

void forgetCaptures() { captures().clear(); }

}  // namespace swcuda
