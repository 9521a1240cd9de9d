/*
 * The part of faulty.c that misbehaves when a token is managed:
 *
 *   so-final so-locked    token flags of the SO PIN
 *   pinpad                C_SetPIN and C_InitPIN want no PIN; the new one is the
 *                         content of the file "newpin"
 *   setpin-hang           C_SetPIN never returns
 *   setpin-weak           C_SetPIN says CKR_PIN_TOO_WEAK
 *   no-create no-destroy  C_CreateObject and C_DestroyObject are not supported
 *   create-lie            C_CreateObject stores another certificate
 *   no-label no-key-label C_SetAttributeValue is refused: for all objects, or all
 *                         but the first of a session
 *   hidden                the parts of public keys are not shown
 *
 * It appends a letter to "setpins" and "creates" for each C_SetPIN and
 * C_CreateObject.
 */
struct attribute { ulong_t type; void *value; ulong_t length; };
enum { INIT_PIN = 10, SET_PIN = 11, CREATE_OBJECT = 20, DESTROY_OBJECT = 22, GET_ATTRIBUTE_VALUE = 24, SET_ATTRIBUTE_VALUE = 25 };

static ulong_t content(const char *name, unsigned char *to)
{
	FILE *f = fopen(path(name), "r");
	ulong_t n = f ? fread(to, 1, 64, f) : 0;
	if (f) fclose(f);
	return n;
}

static ulong_t set_pin(ulong_t session, unsigned char *old, ulong_t old_length, unsigned char *pin, ulong_t length)
{
	unsigned char a[64], b[64];
	note("setpins");
	if (on("setpin-hang")) hang();
	if (on("setpin-weak")) return 0x1B8;
	if (on("pinpad")) {
		if (old || old_length || pin || length) return 7; /* CKR_ARGUMENTS_BAD */
		old = a, old_length = content("pinpad", a);
		pin = b, length = content("newpin", b);
	}
	return ((ulong_t (*)(ulong_t, unsigned char *, ulong_t, unsigned char *, ulong_t))real->f[SET_PIN])(session, old, old_length, pin, length);
}

static ulong_t init_pin(ulong_t session, unsigned char *pin, ulong_t length)
{
	unsigned char b[64];
	if (on("pinpad")) {
		if (pin || length) return 7;
		pin = b, length = content("newpin", b);
	}
	return ((ulong_t (*)(ulong_t, unsigned char *, ulong_t))real->f[INIT_PIN])(session, pin, length);
}

static ulong_t create_object(ulong_t session, struct attribute *template, ulong_t count, ulong_t *object)
{
	note("creates");
	if (on("no-create")) return 0x54; /* CKR_FUNCTION_NOT_SUPPORTED */
	if (on("create-lie"))
		for (ulong_t i = 0; i < count; i++)
			if (template[i].type == 0x11) /* CKA_VALUE */
				((unsigned char *)template[i].value)[template[i].length - 1] ^= 1;
	return ((ulong_t (*)(ulong_t, struct attribute *, ulong_t, ulong_t *))real->f[CREATE_OBJECT])(session, template, count, object);
}

static ulong_t destroy_object(ulong_t session, ulong_t object)
{
	if (on("no-destroy")) return 0x54;
	return ((ulong_t (*)(ulong_t, ulong_t))real->f[DESTROY_OBJECT])(session, object);
}

static ulong_t get_attribute_value(ulong_t session, ulong_t object, struct attribute *template, ulong_t count)
{
	if (on("hidden") && count == 1 && (template->type == 0x120 || template->type == 0x181)) { /* CKA_MODULUS, CKA_EC_POINT */
		template->length = -1;
		return 0x12; /* CKR_ATTRIBUTE_TYPE_INVALID */
	}
	return ((ulong_t (*)(ulong_t, ulong_t, struct attribute *, ulong_t))real->f[GET_ATTRIBUTE_VALUE])(session, object, template, count);
}

static ulong_t set_attribute_value(ulong_t session, ulong_t object, struct attribute *template, ulong_t count)
{
	static ulong_t first;
	if (!first) first = object;
	if (on("no-label") || (on("no-key-label") && object != first)) return 0x10; /* CKR_ATTRIBUTE_READ_ONLY */
	return ((ulong_t (*)(ulong_t, ulong_t, struct attribute *, ulong_t))real->f[SET_ATTRIBUTE_VALUE])(session, object, template, count);
}

static void manage_faults(void)
{
	list.f[INIT_PIN] = init_pin;
	list.f[SET_PIN] = set_pin;
	list.f[CREATE_OBJECT] = create_object;
	list.f[DESTROY_OBJECT] = destroy_object;
	list.f[GET_ATTRIBUTE_VALUE] = get_attribute_value;
	list.f[SET_ATTRIBUTE_VALUE] = set_attribute_value;
}
