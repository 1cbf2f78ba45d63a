// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Time for programs without a system call: see <asm/vvar.h>. */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/timekeeper_internal.h>
#include <asm/vvar.h>
#include <asm/wasm.h>

static union {
	struct wasm_vvar data;
	u8 page[PAGE_SIZE];
} vvar __page_aligned_data;

static struct page *vvar_pages[2];

static struct vm_special_mapping vvar_mapping = {
	.name	= "[vvar]",
	.pages	= vvar_pages,
};

static void set_clock(int id, s64 sec, u64 nsec_shifted)
{
	vvar.data.clock[id].sec = sec;
	vvar.data.clock[id].nsec_shifted = nsec_shifted;
	vvar.data.valid |= BIT(id);
}

/* A clock ahead of CLOCK_REALTIME's base, sec and shifted nanoseconds carried. */
static void set_offset_clock(int id, struct timekeeper *tk, struct timespec64 offset)
{
	u32 shift = tk->tkr_mono.shift;
	u64 second = (u64)NSEC_PER_SEC << shift;
	s64 sec = tk->xtime_sec + offset.tv_sec;
	u64 nsec = tk->tkr_mono.xtime_nsec + ((u64)offset.tv_nsec << shift);

	while (nsec >= second) {
		nsec -= second;
		sec++;
	}
	set_clock(id, sec, nsec);
}

void update_vsyscall(struct timekeeper *tk)
{
	struct wasm_vvar *data = &vvar.data;
	u32 shift = tk->tkr_mono.shift;
	struct timespec64 mono = tk->wall_to_monotonic;
	struct timespec64 boot = timespec64_add(mono, tk->monotonic_to_boot);
	u64 coarse = tk->tkr_mono.xtime_nsec >> shift;

	WRITE_ONCE(data->seq, data->seq + 1);
	mb();

	data->cycle_last = tk->tkr_mono.cycle_last;
	data->mult = tk->tkr_mono.mult;
	data->raw_mult = tk->tkr_raw.mult;
	data->shift = shift;
	data->resolution = TICK_NSEC;

	set_clock(CLOCK_REALTIME, tk->xtime_sec, tk->tkr_mono.xtime_nsec);
	set_clock(CLOCK_TAI, tk->xtime_sec + tk->tai_offset, tk->tkr_mono.xtime_nsec);
	set_offset_clock(CLOCK_MONOTONIC, tk, mono);
	set_offset_clock(CLOCK_BOOTTIME, tk, boot);
	set_clock(CLOCK_MONOTONIC_RAW, tk->raw_sec, tk->tkr_raw.xtime_nsec);

	set_clock(CLOCK_REALTIME_COARSE, tk->xtime_sec, coarse);
	set_clock(CLOCK_MONOTONIC_COARSE, data->clock[CLOCK_MONOTONIC].sec,
		  data->clock[CLOCK_MONOTONIC].nsec_shifted >> shift);

	mb();
	WRITE_ONCE(data->seq, data->seq + 1);
}

void update_vsyscall_tz(void)
{
}

/* Where get_unmapped_area() likes it; the program finds it in its auxiliary vector. */
int wasm_map_vvar(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned long address;
	int err = -EINTR;

	vvar_pages[0] = virt_to_page(&vvar);
	if (mmap_write_lock_killable(mm))
		return err;
	address = get_unmapped_area(NULL, 0, PAGE_SIZE, 0, 0);
	if (IS_ERR_VALUE(address)) {
		err = address;
		goto out;
	}
	vma = _install_special_mapping(mm, address, PAGE_SIZE, VM_READ | VM_MAYREAD,
				       &vvar_mapping);
	err = PTR_ERR_OR_ZERO(vma);
	if (!err)
		mm->context.vvar = (void *)address;
out:
	mmap_write_unlock(mm);
	return err;
}
