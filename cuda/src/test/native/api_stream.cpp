// The driver API: streams and events.
#include <algorithm>

#include "counters.h"
#include "driver.h"
#include "graph.h"

using namespace swcuda;

namespace {
constexpr unsigned kNonBlocking = 1;
constexpr unsigned kDisableTiming = 2;

int create(void** handle, unsigned flags, int priority) {
  auto stream = std::make_unique<Stream>();
  stream->device = &currentDevice();
  stream->flags = flags;
  stream->blocking = !(flags & kNonBlocking);
  stream->priority = priority;
  *handle = stream.get();
  currentDevice().streams.push_back(std::move(stream));
  return SUCCESS;
}
}  // namespace

SWCUDA_API int cuStreamCreate(void** stream, unsigned flags) {
  return call("cuStreamCreate", [&] { return create(stream, flags, 0); });
}

SWCUDA_API int cuStreamCreateWithPriority(void** stream, unsigned flags, int priority) {
  return call("cuStreamCreateWithPriority", [&] { return create(stream, flags, priority); });
}

SWCUDA_API int cuStreamDestroy_v2(void* handle) {
  return call("cuStreamDestroy", [&] {
    Stream& stream = streamOf(handle);
    if (&stream == &currentDevice().defaultStream) throw Fault(INVALID_HANDLE, "the default stream stays");
    refuseOnCapturing(stream, "cuStreamDestroy");
    drain(stream);
    std::erase_if(currentDevice().streams, [&](const auto& s) { return s.get() == &stream; });
    return SUCCESS;
  });
}

SWCUDA_API int cuStreamSynchronize(void* handle) {
  return call("cuStreamSynchronize", [&] {
    Stream& stream = streamOf(handle);
    refuseOnCapturing(stream, "cuStreamSynchronize");
    counters().synchronisations++;
    orderWithDefault(stream);
    return drain(stream);
  });
}

/// Each query lets one piece of work run: who asks often enough sees it end.
SWCUDA_API int cuStreamQuery(void* handle) {
  return call("cuStreamQuery", [&] {
    Stream& stream = streamOf(handle);
    refuseOnCapturing(stream, "cuStreamQuery");
    if (stream.queue.empty()) return static_cast<int>(SUCCESS);
    makeProgress(stream);
    return currentDevice().broken ? currentDevice().broken : static_cast<int>(NOT_READY);
  });
}

SWCUDA_API int cuStreamWaitEvent(void* stream, void* event, unsigned) {
  return call("cuStreamWaitEvent", [&] {
    waitForEvent(streamOf(stream), eventOf(event));
    return SUCCESS;
  });
}

SWCUDA_API int cuStreamGetFlags(void* stream, unsigned* flags) {
  return call("cuStreamGetFlags", [&] {
    *flags = streamOf(stream).flags;
    return SUCCESS;
  });
}

SWCUDA_API int cuStreamGetPriority(void* stream, int* priority) {
  return call("cuStreamGetPriority", [&] {
    *priority = streamOf(stream).priority;
    return SUCCESS;
  });
}

SWCUDA_API int cuLaunchHostFunc(void* stream, void (*function)(void*), void* argument) {
  return call("cuLaunchHostFunc", [&] {
    enqueue(streamOf(stream), WorkKind::HOST, "cuLaunchHostFunc", [=] { function(argument); });
    return SUCCESS;
  });
}

SWCUDA_API int cuEventCreate(void** event, unsigned flags) {
  return call("cuEventCreate", [&] {
    *event = newEvent(!(flags & kDisableTiming));
    return SUCCESS;
  });
}

SWCUDA_API int cuEventDestroy_v2(void* event) {
  return call("cuEventDestroy", [&] {
    deleteEvent(&eventOf(event));
    return SUCCESS;
  });
}

SWCUDA_API int cuEventRecord(void* event, void* stream) {
  return call("cuEventRecord", [&] {
    recordEvent(eventOf(event), streamOf(stream));
    return SUCCESS;
  });
}

SWCUDA_API int cuEventSynchronize(void* handle) {
  return call("cuEventSynchronize", [&] {
    Event& event = eventOf(handle);
    if (event.capture) throw Fault(CAPTURED_EVENT, "the event was recorded in a capture");
    counters().synchronisations++;
    if (event.completed == event.recorded) return static_cast<int>(SUCCESS);
    return drain(*event.stream, event.recorded);
  });
}

SWCUDA_API int cuEventQuery(void* handle) {
  return call("cuEventQuery", [&] {
    Event& event = eventOf(handle);
    if (event.capture) throw Fault(CAPTURED_EVENT, "the event was recorded in a capture");
    if (event.completed == event.recorded) return static_cast<int>(SUCCESS);
    makeProgress(*event.stream);
    return currentDevice().broken ? currentDevice().broken : static_cast<int>(NOT_READY);
  });
}

SWCUDA_API int cuEventElapsedTime(float* milliseconds, void* from, void* to) {
  return call("cuEventElapsedTime", [&] {
    Event& start = eventOf(from);
    Event& end = eventOf(to);
    if (!start.timed || !end.timed || !start.recorded || !end.recorded) throw Fault(INVALID_HANDLE, "an event without a time");
    if (start.completed != start.recorded || end.completed != end.recorded) return NOT_READY;
    *milliseconds = static_cast<float>(end.time - start.time);
    return SUCCESS;
  });
}
