// Running the same computation on several numbers of threads.
#pragma once

#include <functional>

#include "kernels/parallel.h"
#include "tests/testing.h"

namespace backlight::testing {

// While it lives, kernels use this many threads.
class Threads {
 public:
  explicit Threads(int count) : before_(kernels::thread_count()) {
    kernels::set_thread_count(count);
  }
  ~Threads() { kernels::set_thread_count(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

// Expects the same bytes from 1, 2, 3, 5 and 9 threads; 9 is more than kernels are planned for.
inline void expect_same_bytes_on_any_threads(const std::function<Tensor()>& compute) {
  const Tensor expected = [&] {
    const Threads one(1);
    return compute();
  }();
  EXPECT_GT(norm(expected), 0);
  for (const int count : {2, 3, 5, 9}) {
    const Threads threads(count);
    EXPECT_TRUE(has_same_bytes(compute(), expected)) << count << " threads";
  }
}

// Expects each row of f(x) to have the same bytes as f of that row of x alone.
inline void expect_same_bytes_in_any_batch(const Tensor& x,
                                           const std::function<Tensor(const Tensor&)>& f) {
  const Tensor whole = f(x);
  for (std::int64_t row = 0; row < x.dim(0); ++row)
    EXPECT_TRUE(has_same_bytes(f(x.rows(row, 1)), whole.rows(row, 1))) << "row " << row;
  const std::int64_t most = x.dim(0) - 1;
  EXPECT_TRUE(has_same_bytes(f(x.rows(0, most)), whole.rows(0, most)));
}

}  // namespace backlight::testing
