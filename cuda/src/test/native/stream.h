// Streams, events and captures. Streams are lazy: work runs when something waits for it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "launch.h"
#include "types.h"

namespace swcuda {

struct Device;
struct Graph;
struct Stream;

enum class WorkKind : int { KERNEL = 0, COPY = 1, FILL = 2, HOST = 3, EMPTY = 5 };

/// One piece of work in a stream or a graph.
struct Work {
  WorkKind kind = WorkKind::EMPTY;
  std::string name;
  std::function<void()> run;
  /// Of a kernel: what it was launched with, so that a graph's node can be changed.
  std::shared_ptr<PreparedLaunch> launch;
  u64 sequence = 0;
};

struct Event {
  Stream* stream = nullptr;
  /// Sequence number of the last record, and of the last one that has run.
  u64 recorded = 0;
  u64 completed = 0;
  double time = 0;
  bool timed = true;
  /// The capture in which the event was recorded, if it was.
  struct Capture* capture = nullptr;
};

enum class CaptureMode : int { GLOBAL = 0, THREAD_LOCAL = 1, RELAXED = 2 };

struct Capture {
  CaptureMode mode;
  Stream* origin;
  std::thread::id thread;
  std::shared_ptr<Graph> graph;
  bool invalidated = false;
  /// Streams that joined by waiting for an event, and have not been joined back.
  std::vector<Stream*> forked;
};

struct Stream {
  Device* device = nullptr;
  std::deque<Work> queue;
  bool blocking = true;
  int priority = 0;
  unsigned flags = 0;
  /// Not null while the stream is being captured.
  Capture* capture = nullptr;
};

/// The stream behind a handle; throws INVALID_HANDLE. Null, 1 and 2 are the default stream.
Stream& streamOf(const void* handle);
Event& eventOf(const void* handle);
Event* newEvent(bool timed);
void deleteEvent(Event* event);

/// Puts work into a stream, or into the graph that is being captured from it.
void enqueue(Stream& stream, WorkKind kind, const char* name, std::function<void()> run,
             std::shared_ptr<PreparedLaunch> launch = nullptr);

/// Runs a stream's work up to a sequence number. A fault breaks the device; the code is returned.
int drain(Stream& stream, u64 upTo = ~u64{0});
/// Runs all streams of a device, in the order of the settings.
int drainAll(Device& device);
/// Runs one piece of work, as if time had passed; returns whether the stream is empty.
bool makeProgress(Stream& stream);
/// Waits for what the default stream waits for, and the other way round.
void orderWithDefault(Stream& stream);

void recordEvent(Event& event, Stream& stream);
void waitForEvent(Stream& stream, Event& event);

void beginCapture(Stream& stream, CaptureMode mode);
std::shared_ptr<Graph> endCapture(Stream& stream);
/// Throws when a capture is under way that does not allow an unsafe call.
void refuseWhileCapturing(const char* name);
/// Throws, and spoils the capture, when the stream is being captured.
void refuseOnCapturing(Stream& stream, const char* name);
void forgetCaptures();
void forgetEvents();

}  // namespace swcuda
