// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/*
 * /proc/config.gz. CONFIG_IKCONFIG puts the file into the kernel with ELF assembly;
 * config_data.S does it in the syntax for wasm.
 */
#include <linux/init.h>
#include <linux/proc_fs.h>
#include <linux/fs.h>

extern const char wasm_config_data[], wasm_config_data_end[];

static ssize_t config_read(struct file *file, char __user *buffer, size_t size, loff_t *pos)
{
	return simple_read_from_buffer(buffer, size, pos, wasm_config_data,
				       wasm_config_data_end - wasm_config_data);
}

static const struct proc_ops config_ops = {
	.proc_read	= config_read,
	.proc_lseek	= default_llseek,
};

static int __init config_init(void)
{
	struct proc_dir_entry *entry = proc_create("config.gz", 0444, NULL, &config_ops);

	if (!entry)
		return -ENOMEM;
	proc_set_size(entry, wasm_config_data_end - wasm_config_data);
	return 0;
}
device_initcall(config_init);
