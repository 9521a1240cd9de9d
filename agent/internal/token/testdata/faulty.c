/*
 * A PKCS#11 library in front of SoftHSM (REAL, its path) that misbehaves while a
 * file of a certain name lies beside it:
 *
 *   init-crash init-hang init-fail   in C_Initialize
 *   sign-crash sign-hang sign-lie    in C_Sign
 *   sign-removed                     C_Sign says CKR_DEVICE_REMOVED
 *   empty                            C_GetSlotList shows no slot
 *   list-slow list-crash             C_GetSlotList takes half a second; crashes
 *   wait-at-once wait-never wait-crash
 *                                    C_WaitForSlotEvent returns at once, never, or
 *                                    crashes
 *   final locked pinpad              token flags; with pinpad C_Login wants no
 *                                    PIN and logs in with the file's content
 *   cancel                           C_Login says CKR_FUNCTION_CANCELED
 *   no-pss                           C_GetMechanismList has no CKM_RSA_PKCS_PSS
 *   chatty                           prints to standard output all the time
 *
 * It appends a letter to the file "logins" for each C_Login, to "signs" for
 * each C_Sign, to "lists" for each C_GetSlotList it has begun and to "crashes"
 * where that one crashes. Only the parts of PKCS#11 it touches are declared.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;
struct functions { unsigned char version[2]; void *f[68]; };
enum { INITIALIZE = 0, GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, GET_MECHANISM_LIST = 7, LOGIN = 18, SIGN = 43, WAIT_FOR_SLOT_EVENT = 67 };

static struct functions list, *real;
static char folder[4000];

static const char *path(const char *name)
{
	static __thread char full[4200];
	snprintf(full, sizeof full, "%s/%s", folder, name);
	return full;
}

static int on(const char *name) { return access(path(name), F_OK) == 0; }

static void note(const char *name)
{
	FILE *f = fopen(path(name), "a");
	fputc('x', f);
	fclose(f);
}

static void crash(void) { *(volatile int *)0 = 1; }
static void hang(void) { for (;;) sleep(1000); }
static void chat(void)
{
	if (on("chatty")) {
		printf("DEBUG: a line no frame begins with\n");
		fflush(stdout);
	}
}

static ulong_t initialize(void *args)
{
	chat();
	if (on("init-crash")) crash();
	if (on("init-hang")) hang();
	if (on("init-fail")) return 5; /* CKR_GENERAL_ERROR */
	return ((ulong_t (*)(void *))real->f[INITIALIZE])(args);
}

static ulong_t get_slot_list(unsigned char present, ulong_t *slots, ulong_t *count)
{
	note("lists");
	chat();
	if (on("list-slow")) usleep(500000);
	if (on("list-crash")) { note("crashes"); crash(); }
	if (on("empty")) { *count = 0; return 0; }
	return ((ulong_t (*)(unsigned char, ulong_t *, ulong_t *))real->f[GET_SLOT_LIST])(present, slots, count);
}

static ulong_t get_token_info(ulong_t slot, unsigned char *info)
{
	ulong_t rv = ((ulong_t (*)(ulong_t, void *))real->f[GET_TOKEN_INFO])(slot, info);
	ulong_t *flags = (ulong_t *)(info + 96);
	if (on("pinpad")) *flags |= 0x100;
	if (on("final")) *flags |= 0x20000;
	if (on("locked")) *flags |= 0x40000;
	if (on("so-final")) *flags |= 0x200000;
	if (on("so-locked")) *flags |= 0x400000;
	return rv;
}

static ulong_t get_mechanism_list(ulong_t slot, ulong_t *types, ulong_t *count)
{
	ulong_t rv = ((ulong_t (*)(ulong_t, ulong_t *, ulong_t *))real->f[GET_MECHANISM_LIST])(slot, types, count);
	if (rv == 0 && types && on("no-pss"))
		for (ulong_t i = 0; i < *count; i++)
			if (types[i] == 0xD) types[i] = 0x1;
	return rv;
}

static ulong_t login(ulong_t session, ulong_t user, unsigned char *pin, ulong_t length)
{
	unsigned char typed[64];
	note("logins");
	chat();
	if (on("cancel")) return 0x50;
	if (on("pinpad")) {
		if (pin || length) return 7; /* CKR_ARGUMENTS_BAD */
		FILE *f = fopen(path("pinpad"), "r");
		length = fread(typed, 1, sizeof typed, f);
		fclose(f);
		pin = typed;
	}
	return ((ulong_t (*)(ulong_t, ulong_t, unsigned char *, ulong_t))real->f[LOGIN])(session, user, pin, length);
}

static ulong_t sign(ulong_t session, unsigned char *data, ulong_t length, unsigned char *value, ulong_t *size)
{
	note("signs");
	chat();
	if (on("sign-crash")) crash();
	if (on("sign-hang")) hang();
	if (on("sign-removed")) return 0x32;
	ulong_t rv = ((ulong_t (*)(ulong_t, unsigned char *, ulong_t, unsigned char *, ulong_t *))real->f[SIGN])(session, data, length, value, size);
	if (rv == 0 && value && on("sign-lie")) value[*size - 1] ^= 1;
	return rv;
}

static ulong_t wait_for_slot_event(ulong_t flags, ulong_t *slot, void *reserved)
{
	if (on("wait-at-once")) { *slot = 0; return 0; }
	if (on("wait-never")) hang();
	if (on("wait-crash")) crash();
	return ((ulong_t (*)(ulong_t, ulong_t *, void *))real->f[WAIT_FOR_SLOT_EVENT])(flags, slot, reserved);
}

#include "faulty_manage.h"
#include "faulty_any.h"

ulong_t C_GetFunctionList(struct functions **out)
{
	Dl_info self;
	dladdr((void *)C_GetFunctionList, &self);
	strncpy(folder, self.dli_fname, sizeof folder - 1);
	*strrchr(folder, '/') = 0;
	ulong_t n;
	if (nonsense("C_GetFunctionList", &n)) return n;
	void *lib = dlopen(REAL, RTLD_NOW);
	if (!lib) return 5;
	ulong_t (*get)(struct functions **) = dlsym(lib, "C_GetFunctionList");
	ulong_t rv = get(&real);
	if (rv) return rv;
	list = *real;
	list.f[INITIALIZE] = initialize;
	list.f[GET_FUNCTION_LIST] = C_GetFunctionList;
	list.f[GET_SLOT_LIST] = get_slot_list;
	list.f[GET_TOKEN_INFO] = get_token_info;
	list.f[GET_MECHANISM_LIST] = get_mechanism_list;
	list.f[LOGIN] = login;
	list.f[SIGN] = sign;
	manage_faults();
	list.f[WAIT_FOR_SLOT_EVENT] = wait_for_slot_event;
	any_faults();
	*out = &list;
	return 0;
}
