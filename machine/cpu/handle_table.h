// SPDX-License-Identifier: Apache-2.0
/// Handles that a kernel holds for objects of the machine: small numbers, never 0,
/// never a host address. A number that names nothing finds nothing.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace wasmlinux {

/// T is a smart pointer.
template <typename T> class HandleTable {
public:
  uint32_t add(T object) {
    if (free_.empty()) {
      objects_.push_back(std::move(object));
      return static_cast<uint32_t>(objects_.size());
    }
    uint32_t handle = free_.back();
    free_.pop_back();
    objects_[handle - 1] = std::move(object);
    return handle;
  }

  /// Null if there is none.
  typename T::element_type *find(uint32_t handle) const {
    return handle - 1 < objects_.size() ? objects_[handle - 1].get() : nullptr;
  }
  T share(uint32_t handle) const { return handle - 1 < objects_.size() ? objects_[handle - 1] : T(); }

  T remove(uint32_t handle) {
    if (!find(handle))
      return {};
    free_.push_back(handle);
    return std::exchange(objects_[handle - 1], T());
  }

  void clear() {
    objects_.clear();
    free_.clear();
  }

private:
  std::vector<T> objects_;
  std::vector<uint32_t> free_;
};

}  // namespace wasmlinux
