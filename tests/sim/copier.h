// Asynchronous copies in their simplest form, built on the engine as the twins of instructions are.
#pragma once

#include <cstddef>

namespace backlight::kernels::sim {

// Starts a copy; it ends in finish_copies of the same thread, as after cp.async.wait_all.
void start_copy(void* to, const void* from, std::size_t bytes);
void finish_copies();

// Ends them as TMA does, which tells only those who acquire the object; await_copies waits for
// that, acquire_object acquires.
void finish_copies_on(const void* object);
void await_copies();
void acquire_object(const void* object);

// An instruction that reads memory until finish_read.
void start_read(const void* from, std::size_t bytes);
void finish_read();

}  // namespace backlight::kernels::sim
