package main

// enums lists the enums in the order of enums.go. To add a value, add its word. V4 defines the spelling and the order.
var enums = []enum{
	{
		name: "SourceType", doc: "is the origin of a contact.",
		prefix: "Source", words: `
			OTHER ADMIN WIX_APP IMPORT THIRD_PARTY WIX_BOOKINGS WIX_CHAT WIX_EMAIL_MARKETING WIX_EVENTS WIX_FORMS
			WIX_GROUPS WIX_HOTELS WIX_MARKET_PLACE WIX_MUSIC WIX_RESTAURANTS WIX_SITE_MEMBERS WIX_STORES WIX_CODE HOPP`,
	},
	{
		name: "ActivityType", doc: "is the kind of a contact's activity.",
		prefix: "Activity", words: `
			GENERAL CONTACT_CREATED
			MEMBER_LOGIN MEMBER_REGISTER MEMBER_STATUS_CHANGED
			FORM_SUBMITTED
			INBOX_FORM_SUBMITTED INBOX_PAYMENT_REQUEST_PAID INBOX_MESSAGE_TO_CUSTOMER INBOX_MESSAGE_FROM_CUSTOMER
			NEWSLETTER_SUBSCRIPTION_FORM_SUBMITTED NEWSLETTER_SUBSCRIPTION_UNSUBSCRIBE
			ECOM_PURCHASE ECOM_CART_ABANDON ECOM_CHECKOUT_BUYER
			BOOKINGS_APPOINTMENT
			HOTELS_RESERVATION HOTELS_PURCHASE HOTELS_CONFIRMATION HOTELS_CANCEL
			VIDEO_PURCHASE VIDEO_RENT
			CASHIER_BUTTON_PURCHASE
			ARENA_NEW_LEAD
			EVENTS_RSVP
			INVOICE_PAY INVOICE_OVERDUE
			PRICE_QUOTE_ACCEPT PRICE_QUOTE_EXPIRE
			RESTAURANTS_ORDER RESTAURANTS_RESERVATION
			SHOUTOUT_OPEN SHOUTOUT_CLICK
			CONTACT_MERGED
			NEWSLETTER_SUBSCRIPTION_SUBSCRIBE NEWSLETTER_SUBSCRIPTION_PENDING NEWSLETTER_SUBSCRIPTION_NOT_SET
			PHONE_SUBSCRIPTION_SUBSCRIBE PHONE_SUBSCRIPTION_PENDING PHONE_SUBSCRIPTION_NOT_SET
			PHONE_SUBSCRIPTION_UNSUBSCRIBE`,
	},
	{
		name: "EmailTag", doc: "is the kind of an email address.",
		prefix: "Email", words: "UNTAGGED MAIN HOME WORK",
	},
	{
		name: "PhoneTag", doc: "is the kind of a phone number.",
		prefix: "Phone", words: "UNTAGGED MAIN HOME MOBILE WORK FAX",
	},
	{
		name: "AddressTag", doc: "is the kind of a postal address.",
		prefix: "Address", words: "UNTAGGED HOME WORK BILLING SHIPPING",
	},
	{
		name: "SubdivisionType", doc: "is the level of a subdivision in its country.",
		prefix: "Subdivision", words: `
			Unknown=UNKNOWN_SUBDIVISION_TYPE
			Level1=ADMINISTRATIVE_AREA_LEVEL_1
			Level2=ADMINISTRATIVE_AREA_LEVEL_2
			Level3=ADMINISTRATIVE_AREA_LEVEL_3
			Level4=ADMINISTRATIVE_AREA_LEVEL_4
			Level5=ADMINISTRATIVE_AREA_LEVEL_5
			COUNTRY`,
	},
	{
		name: "ImageProvider", doc: "is the host of a picture (deprecated in V4).",
		prefix: "ImageProvider", words: "UNKNOWN EXTERNAL WIX_MEDIA",
	},
	{
		name: "SubscriptionStatus", doc: "is the consent to marketing at an email address or a phone number.",
		prefix: "Subscription", words: "NoStatus=NO_SUBSCRIPTION_STATUS NOT_SET PENDING SUBSCRIBED UNSUBSCRIBED",
	},
	{
		name: "EmailDeliverability", doc: "is the last delivery state reported for an email address.",
		prefix: "EmailDeliverability", words: "NOT_SET VALID BOUNCED SPAM_COMPLAINT INACTIVE",
	},
	{
		name: "PhoneDeliverability", doc: "is the delivery state of a phone number.",
		prefix: "PhoneDeliverability", words: "NoStatus=NO_PHONE_DELIVERABILITY_STATUS NOT_SET",
	},
	{
		name: "MembershipStatus", doc: "is the value of the extended field members.membershipStatus.",
		prefix: "Membership", words: "APPROVED DENIED PENDING INACTIVE",
	},
	{
		name: "MemberStatus", doc: "is the state of the member linked to a contact.",
		prefix: "Member", words: "PENDING ACTIVE DELETED BLOCKED OFFLINE",
	},
	{
		name: "PrivacyStatus", doc: "is the visibility of a member's profile.",
		prefix: "Privacy", words: "PRIVATE PUBLIC",
	},
	{
		name: "Role", doc: "is the role of a member who owns the site or works on it.",
		prefix: "Role", words: "Unspecified=UNSPECIFIED_ROLE OWNER CONTRIBUTOR",
	},
	{
		name: "SortOrder", doc: "is the direction of a sort.",
		prefix: "Sort", words: "ASC DESC",
	},
	{
		name: "Fieldset", doc: "is a named group of contact fields for projections (PRJ-2).",
		prefix: "Fieldset", words: "BASIC COMMUNICATION_DETAILS EXTENDED FULL",
	},
	{
		name: "FacetType", doc: "is the kind of a facet of the contact list.",
		prefix: "Facet", words: "UNKNOWN ALL_CONTACTS NOT_LABELED LABEL SUBSCRIPTION_STATUS MEMBERSHIP_STATUS",
	},
	{
		name: "UpsertAction", doc: "is the outcome of an upsert.",
		prefix: "Upsert", words: "UPDATED CREATED UNCHANGED",
		notes: map[string]string{
			"UNCHANGED": "means that the contact already had all the data: nothing was written. V4 has no such value.",
		},
	},
	{
		name: "Existing", doc: "is what an import does with a row about a contact that the store has (IMP-10).",
		prefix: "Existing", words: "REFUSE SKIP MERGE UPDATE",
		notes: map[string]string{
			"REFUSE": "refuses the row.",
			"SKIP":   "leaves the contact as it is.",
			"MERGE":  "adds what the contact lacks, and changes nothing that it has.",
			"UPDATE": "lets single values of the row replace those of the contact, and adds the others.",
		},
	},
	{
		name: "IdentityType", doc: "is the kind of identity that a submission was attached to.",
		prefix: "Identity", words: "CONTACT MEMBER NOT_AUTHENTICATED_MEMBER",
	},
	{
		name: "LabelType", doc: "is the kind of a label.",
		prefix: "Label", words: "SYSTEM USER_DEFINED WIX_APP_DEFINED",
	},
	{
		name: "DataType", doc: "is the type of an extended field's values.",
		prefix: "Data", words: "TEXT NUMBER DATE URL",
	},
	{
		name: "FieldType", doc: "is the kind of an extended field.",
		prefix: "Field", words: "SYSTEM USER_DEFINED",
	},
	{
		name: "JobType", doc: "is the kind of a bulk job.",
		prefix: "Job", words: "Unknown=UNKNOWN_TYPE DELETE UPDATE ADD_LABELS REMOVE_LABELS ADD_REMOVE_LABELS",
	},
	{
		name: "JobStatus", doc: "is the state of a bulk job.",
		prefix: "JobStatus", words: "Unknown=UNKNOWN_STATUS NEW LOADING RUNNING COMPLETED INDEXING",
	},
}
