// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Programs: WebAssembly modules, run by native code that the machine makes of them. */
#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/elf.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/random.h>
#include <linux/rseq.h>
#include <linux/sched/mm.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <asm/wasm.h>

static const u8 magic[8] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };

/* Anonymous memory for the program's static data; brk starts behind it. */
static int map_data(const struct machine_code_info *info)
{
	struct mm_struct *mm = current->mm;
	unsigned long start = info->data_start & PAGE_MASK;
	unsigned long top = max(info->heap_base, info->memory_size);
	unsigned long end = PAGE_ALIGN(top);
	unsigned long address;

	if (top > TASK_SIZE - PAGE_SIZE)
		return -ENOMEM;
	/* Page 0 stays empty: a NULL pointer is to be noticed. */
	if (start < PAGE_SIZE)
		return -ENOEXEC;
	if (end > start) {
		address = vm_mmap(NULL, start, end - start, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0);
		if (IS_ERR_VALUE(address))
			return address;
	}
	mm->start_code = mm->end_code = 0;
	mm->start_data = start;
	mm->end_data = end;
	mm->start_brk = mm->brk = end;
	return 0;
}

/* Copies a data segment of the file to where the program wants it. */
static int copy_data(struct file *file, const struct machine_code_data *data)
{
	loff_t pos = data->file_offset;
	unsigned long address = data->address;
	unsigned long left = data->size;
	int err = 0;
	u8 *buffer;

	buffer = (u8 *)__get_free_page(GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	while (left && !err) {
		ssize_t size = kernel_read(file, buffer, min(left, PAGE_SIZE), &pos);

		if (size <= 0)
			err = size ? size : -EIO;
		else if (copy_to_user((void __user *)address, buffer, size))
			err = -EFAULT;
		address += size;
		left -= size;
	}
	free_page((unsigned long)buffer);
	return err;
}

static int copy_all_data(struct file *file, const struct machine_code_info *info)
{
	u32 i;

	for (i = 0; i < info->nr_data; i++) {
		struct machine_code_data data;
		int err = machine_code_data(info->handle, i, &data);

		if (!err)
			err = copy_data(file, &data);
		if (err)
			return err;
	}
	return 0;
}

/* Pointers to `count` strings that lie one behind the other from *strings. */
static u32 __user *put_strings(u32 __user *sp, int count, unsigned long *strings)
{
	while (count-- > 0) {
		long length = strnlen_user((void __user *)*strings, MAX_ARG_STRLEN);

		if (!length || length > MAX_ARG_STRLEN || put_user(*strings, sp++))
			return NULL;
		*strings += length;
	}
	return put_user(0, sp++) ? NULL : sp;
}

/* argc, argv, envp and the auxiliary vector, as programs find them on other ports. */
static int put_stack(struct linux_binprm *bprm)
{
	struct mm_struct *mm = current->mm;
	const struct cred *cred = current_cred();
	unsigned long p = arch_align_stack(bprm->p);
	u32 *aux = (u32 *)mm->saved_auxv;
	u8 random[16];
	u32 __user *sp;
	int words;

	p = (p - sizeof(random)) & ~15UL;
	get_random_bytes(random, sizeof(random));
	if (copy_to_user((void __user *)p, random, sizeof(random)))
		return -EFAULT;

#define AUX(id, value)	do { *aux++ = (id); *aux++ = (u32)(value); } while (0)
	memset(mm->saved_auxv, 0, sizeof(mm->saved_auxv));
	AUX(AT_SYSINFO, mm->context.vvar);
	AUX(AT_HWCAP, ELF_HWCAP);
	AUX(AT_PAGESZ, PAGE_SIZE);
	AUX(AT_CLKTCK, CLOCKS_PER_SEC);
	AUX(AT_FLAGS, bprm->interp_flags & BINPRM_FLAGS_PRESERVE_ARGV0 ?
		      AT_FLAGS_PRESERVE_ARGV0 : 0);
	AUX(AT_UID, from_kuid_munged(cred->user_ns, cred->uid));
	AUX(AT_EUID, from_kuid_munged(cred->user_ns, cred->euid));
	AUX(AT_GID, from_kgid_munged(cred->user_ns, cred->gid));
	AUX(AT_EGID, from_kgid_munged(cred->user_ns, cred->egid));
	AUX(AT_SECURE, bprm->secureexec);
	AUX(AT_RANDOM, p);
	AUX(AT_EXECFN, bprm->exec);
	if (bprm->have_execfd)
		AUX(AT_EXECFD, bprm->execfd);
	AUX(AT_NULL, 0);
#undef AUX
	words = aux - (u32 *)mm->saved_auxv;

	sp = (u32 __user *)p - words - (bprm->argc + 1) - (bprm->envc + 1) - 1;
	sp = (u32 __user *)((unsigned long)sp & ~15UL);
	bprm->p = (unsigned long)sp;

	if (put_user(bprm->argc, sp++))
		return -EFAULT;
	mm->arg_end = mm->arg_start;
	sp = put_strings(sp, bprm->argc, &mm->arg_end);
	if (!sp)
		return -EFAULT;
	mm->env_start = mm->env_end = mm->arg_end;
	sp = put_strings(sp, bprm->envc, &mm->env_end);
	if (!sp)
		return -EFAULT;
	return copy_to_user(sp, mm->saved_auxv, words * sizeof(u32)) ? -EFAULT : 0;
}

static int load_wasm(struct linux_binprm *bprm);

static struct linux_binfmt wasm_format = {
	.module		= THIS_MODULE,
	.load_binary	= load_wasm,
};

static int load_wasm(struct linux_binprm *bprm)
{
	struct mm_struct *old_mm = current->mm;
	struct wasm_code *code;
	int err;

	if (memcmp(bprm->buf, magic, sizeof(magic)))
		return -ENOEXEC;
	code = wasm_code_get(bprm->file);
	if (IS_ERR(code))
		return PTR_ERR(code);

	/* The user context that flush_thread() frees belongs to the old memory. */
	if (old_mm)
		mmgrab(old_mm);
	err = begin_new_exec(bprm);
	if (old_mm)
		mmdrop(old_mm);
	if (err)
		goto out;

	/* From here on there is no way back: an error kills the process. */
	setup_new_exec(bprm);
	err = setup_arg_pages(bprm, STACK_TOP, EXSTACK_DEFAULT);
	if (!err)
		err = map_data(&code->info);
	if (!err)
		err = copy_all_data(bprm->file, &code->info);
	if (!err)
		err = wasm_map_vvar(current->mm);
	if (!err)
		err = put_stack(bprm);
	if (err)
		goto out;

	current->mm->start_stack = bprm->p;
	set_binfmt(&wasm_format);
	finalize_exec(bprm);
	err = wasm_exec_user(code->info.handle, bprm->p);
out:
	wasm_code_put(code);
	return err;
}

static int __init wasm_format_init(void)
{
	register_binfmt(&wasm_format);
	return 0;
}
core_initcall(wasm_format_init);
