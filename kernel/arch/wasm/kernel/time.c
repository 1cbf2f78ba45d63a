// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* The clock of the machine, and its one timer. */
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/sched/clock.h>
#include <linux/timekeeping.h>
#include <asm/wasm.h>

unsigned long long notrace sched_clock(void)
{
	return machine_clock();
}

void read_persistent_clock64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(machine_wallclock());
}

static u64 clock_read(struct clocksource *cs)
{
	return machine_clock();
}

static struct clocksource machine_clocksource = {
	.name	= "machine",
	.rating	= 400,
	.read	= clock_read,
	.mask	= CLOCKSOURCE_MASK(64),
	.flags	= CLOCK_SOURCE_IS_CONTINUOUS | CLOCK_SOURCE_VALID_FOR_HRES,
};

static int timer_next(unsigned long delta, struct clock_event_device *evt)
{
	machine_timer_set(machine_clock() + delta);
	return 0;
}

static int timer_stop(struct clock_event_device *evt)
{
	machine_timer_set(~0ULL);
	return 0;
}

static struct clock_event_device machine_timer = {
	.name			= "machine",
	.features		= CLOCK_EVT_FEAT_ONESHOT,
	.rating			= 400,
	.set_next_event		= timer_next,
	.set_state_shutdown	= timer_stop,
};

static irqreturn_t timer_interrupt(int irq, void *dev)
{
	machine_timer.event_handler(&machine_timer);
	return IRQ_HANDLED;
}

void __init time_init(void)
{
	machine_timer.cpumask = cpumask_of(0);
	machine_timer.irq = wasm_irq(MACHINE_IRQ_TIMER);
	if (request_irq(machine_timer.irq, timer_interrupt, IRQF_TIMER, "timer", NULL))
		panic("no timer interrupt");
	clocksource_register_hz(&machine_clocksource, NSEC_PER_SEC);
	clockevents_config_and_register(&machine_timer, NSEC_PER_SEC, 1000, LONG_MAX);
}

/* udelay() and ndelay() read the clock, a jiffy's length needs no measuring. */
void calibrate_delay(void)
{
	loops_per_jiffy = NSEC_PER_SEC / HZ;
}

void __ndelay(unsigned long long nsecs)
{
	u64 end = machine_clock() + nsecs;

	/* An interrupt can't come while the machine reads its clock, which is nearly always. */
	while (machine_clock() < end) {
		if (READ_ONCE(wasm_vcpu.pending) && !irqs_disabled())
			wasm_irq_catch_up();
	}
}

void __delay(unsigned long loops)
{
	__ndelay(loops);
}
