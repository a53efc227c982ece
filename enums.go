package contacts

import "slices"

// The enums of the V4 API, spelled as on the wire. Each has a Valid method. Input with another word is refused
// (VAL-8); a word that was captured from elsewhere survives decoding and encoding unchanged (JSON-4).

// SourceType says how a contact came into being.
type SourceType string

// The values of SourceType.
const (
	SourceOther             SourceType = "OTHER"
	SourceAdmin             SourceType = "ADMIN"
	SourceWixApp            SourceType = "WIX_APP"
	SourceImport            SourceType = "IMPORT"
	SourceThirdParty        SourceType = "THIRD_PARTY"
	SourceWixBookings       SourceType = "WIX_BOOKINGS"
	SourceWixChat           SourceType = "WIX_CHAT"
	SourceWixEmailMarketing SourceType = "WIX_EMAIL_MARKETING"
	SourceWixEvents         SourceType = "WIX_EVENTS"
	SourceWixForms          SourceType = "WIX_FORMS"
	SourceWixGroups         SourceType = "WIX_GROUPS"
	SourceWixHotels         SourceType = "WIX_HOTELS"
	SourceWixMarketPlace    SourceType = "WIX_MARKET_PLACE"
	SourceWixMusic          SourceType = "WIX_MUSIC"
	SourceWixRestaurants    SourceType = "WIX_RESTAURANTS"
	SourceWixSiteMembers    SourceType = "WIX_SITE_MEMBERS"
	SourceWixStores         SourceType = "WIX_STORES"
	SourceWixCode           SourceType = "WIX_CODE"
	SourceHopp              SourceType = "HOPP"
)

var sourceTypeValues = []SourceType{
	SourceOther, SourceAdmin, SourceWixApp, SourceImport, SourceThirdParty, SourceWixBookings, SourceWixChat, SourceWixEmailMarketing, SourceWixEvents, SourceWixForms, SourceWixGroups, SourceWixHotels, SourceWixMarketPlace, SourceWixMusic, SourceWixRestaurants, SourceWixSiteMembers, SourceWixStores, SourceWixCode, SourceHopp,
}

// Valid reports whether v is one of the values above.
func (v SourceType) Valid() bool { return slices.Contains(sourceTypeValues, v) }

// ActivityType says what a contact last did.
type ActivityType string

// The values of ActivityType.
const (
	ActivityGeneral                             ActivityType = "GENERAL"
	ActivityContactCreated                      ActivityType = "CONTACT_CREATED"
	ActivityMemberLogin                         ActivityType = "MEMBER_LOGIN"
	ActivityMemberRegister                      ActivityType = "MEMBER_REGISTER"
	ActivityMemberStatusChanged                 ActivityType = "MEMBER_STATUS_CHANGED"
	ActivityFormSubmitted                       ActivityType = "FORM_SUBMITTED"
	ActivityInboxFormSubmitted                  ActivityType = "INBOX_FORM_SUBMITTED"
	ActivityInboxPaymentRequestPaid             ActivityType = "INBOX_PAYMENT_REQUEST_PAID"
	ActivityInboxMessageToCustomer              ActivityType = "INBOX_MESSAGE_TO_CUSTOMER"
	ActivityInboxMessageFromCustomer            ActivityType = "INBOX_MESSAGE_FROM_CUSTOMER"
	ActivityNewsletterSubscriptionFormSubmitted ActivityType = "NEWSLETTER_SUBSCRIPTION_FORM_SUBMITTED"
	ActivityNewsletterSubscriptionUnsubscribe   ActivityType = "NEWSLETTER_SUBSCRIPTION_UNSUBSCRIBE"
	ActivityEcomPurchase                        ActivityType = "ECOM_PURCHASE"
	ActivityEcomCartAbandon                     ActivityType = "ECOM_CART_ABANDON"
	ActivityEcomCheckoutBuyer                   ActivityType = "ECOM_CHECKOUT_BUYER"
	ActivityBookingsAppointment                 ActivityType = "BOOKINGS_APPOINTMENT"
	ActivityHotelsReservation                   ActivityType = "HOTELS_RESERVATION"
	ActivityHotelsPurchase                      ActivityType = "HOTELS_PURCHASE"
	ActivityHotelsConfirmation                  ActivityType = "HOTELS_CONFIRMATION"
	ActivityHotelsCancel                        ActivityType = "HOTELS_CANCEL"
	ActivityVideoPurchase                       ActivityType = "VIDEO_PURCHASE"
	ActivityVideoRent                           ActivityType = "VIDEO_RENT"
	ActivityCashierButtonPurchase               ActivityType = "CASHIER_BUTTON_PURCHASE"
	ActivityArenaNewLead                        ActivityType = "ARENA_NEW_LEAD"
	ActivityEventsRSVP                          ActivityType = "EVENTS_RSVP"
	ActivityInvoicePay                          ActivityType = "INVOICE_PAY"
	ActivityInvoiceOverdue                      ActivityType = "INVOICE_OVERDUE"
	ActivityPriceQuoteAccept                    ActivityType = "PRICE_QUOTE_ACCEPT"
	ActivityPriceQuoteExpire                    ActivityType = "PRICE_QUOTE_EXPIRE"
	ActivityRestaurantsOrder                    ActivityType = "RESTAURANTS_ORDER"
	ActivityRestaurantsReservation              ActivityType = "RESTAURANTS_RESERVATION"
	ActivityShoutoutOpen                        ActivityType = "SHOUTOUT_OPEN"
	ActivityShoutoutClick                       ActivityType = "SHOUTOUT_CLICK"
	ActivityContactMerged                       ActivityType = "CONTACT_MERGED"
	ActivityNewsletterSubscriptionSubscribe     ActivityType = "NEWSLETTER_SUBSCRIPTION_SUBSCRIBE"
	ActivityNewsletterSubscriptionPending       ActivityType = "NEWSLETTER_SUBSCRIPTION_PENDING"
	ActivityNewsletterSubscriptionNotSet        ActivityType = "NEWSLETTER_SUBSCRIPTION_NOT_SET"
	ActivityPhoneSubscriptionSubscribe          ActivityType = "PHONE_SUBSCRIPTION_SUBSCRIBE"
	ActivityPhoneSubscriptionPending            ActivityType = "PHONE_SUBSCRIPTION_PENDING"
	ActivityPhoneSubscriptionNotSet             ActivityType = "PHONE_SUBSCRIPTION_NOT_SET"
	ActivityPhoneSubscriptionUnsubscribe        ActivityType = "PHONE_SUBSCRIPTION_UNSUBSCRIBE"
)

var activityTypeValues = []ActivityType{
	ActivityGeneral, ActivityContactCreated, ActivityMemberLogin, ActivityMemberRegister, ActivityMemberStatusChanged, ActivityFormSubmitted, ActivityInboxFormSubmitted, ActivityInboxPaymentRequestPaid, ActivityInboxMessageToCustomer, ActivityInboxMessageFromCustomer, ActivityNewsletterSubscriptionFormSubmitted, ActivityNewsletterSubscriptionUnsubscribe, ActivityEcomPurchase, ActivityEcomCartAbandon, ActivityEcomCheckoutBuyer, ActivityBookingsAppointment, ActivityHotelsReservation, ActivityHotelsPurchase, ActivityHotelsConfirmation, ActivityHotelsCancel, ActivityVideoPurchase, ActivityVideoRent, ActivityCashierButtonPurchase, ActivityArenaNewLead, ActivityEventsRSVP, ActivityInvoicePay, ActivityInvoiceOverdue, ActivityPriceQuoteAccept, ActivityPriceQuoteExpire, ActivityRestaurantsOrder, ActivityRestaurantsReservation, ActivityShoutoutOpen, ActivityShoutoutClick, ActivityContactMerged, ActivityNewsletterSubscriptionSubscribe, ActivityNewsletterSubscriptionPending, ActivityNewsletterSubscriptionNotSet, ActivityPhoneSubscriptionSubscribe, ActivityPhoneSubscriptionPending, ActivityPhoneSubscriptionNotSet, ActivityPhoneSubscriptionUnsubscribe,
}

// Valid reports whether v is one of the values above.
func (v ActivityType) Valid() bool { return slices.Contains(activityTypeValues, v) }

// EmailTag is the kind of an email address.
type EmailTag string

// The values of EmailTag.
const (
	EmailUntagged EmailTag = "UNTAGGED"
	EmailMain     EmailTag = "MAIN"
	EmailHome     EmailTag = "HOME"
	EmailWork     EmailTag = "WORK"
)

var emailTagValues = []EmailTag{
	EmailUntagged, EmailMain, EmailHome, EmailWork,
}

// Valid reports whether v is one of the values above.
func (v EmailTag) Valid() bool { return slices.Contains(emailTagValues, v) }

// PhoneTag is the kind of a phone number.
type PhoneTag string

// The values of PhoneTag.
const (
	PhoneUntagged PhoneTag = "UNTAGGED"
	PhoneMain     PhoneTag = "MAIN"
	PhoneHome     PhoneTag = "HOME"
	PhoneMobile   PhoneTag = "MOBILE"
	PhoneWork     PhoneTag = "WORK"
	PhoneFax      PhoneTag = "FAX"
)

var phoneTagValues = []PhoneTag{
	PhoneUntagged, PhoneMain, PhoneHome, PhoneMobile, PhoneWork, PhoneFax,
}

// Valid reports whether v is one of the values above.
func (v PhoneTag) Valid() bool { return slices.Contains(phoneTagValues, v) }

// AddressTag is the kind of a postal address.
type AddressTag string

// The values of AddressTag.
const (
	AddressUntagged AddressTag = "UNTAGGED"
	AddressHome     AddressTag = "HOME"
	AddressWork     AddressTag = "WORK"
	AddressBilling  AddressTag = "BILLING"
	AddressShipping AddressTag = "SHIPPING"
)

var addressTagValues = []AddressTag{
	AddressUntagged, AddressHome, AddressWork, AddressBilling, AddressShipping,
}

// Valid reports whether v is one of the values above.
func (v AddressTag) Valid() bool { return slices.Contains(addressTagValues, v) }

// SubdivisionType is the level of a subdivision in its country.
type SubdivisionType string

// The values of SubdivisionType.
const (
	SubdivisionUnknown SubdivisionType = "UNKNOWN_SUBDIVISION_TYPE"
	SubdivisionLevel1  SubdivisionType = "ADMINISTRATIVE_AREA_LEVEL_1"
	SubdivisionLevel2  SubdivisionType = "ADMINISTRATIVE_AREA_LEVEL_2"
	SubdivisionLevel3  SubdivisionType = "ADMINISTRATIVE_AREA_LEVEL_3"
	SubdivisionLevel4  SubdivisionType = "ADMINISTRATIVE_AREA_LEVEL_4"
	SubdivisionLevel5  SubdivisionType = "ADMINISTRATIVE_AREA_LEVEL_5"
	SubdivisionCountry SubdivisionType = "COUNTRY"
)

var subdivisionTypeValues = []SubdivisionType{
	SubdivisionUnknown, SubdivisionLevel1, SubdivisionLevel2, SubdivisionLevel3, SubdivisionLevel4, SubdivisionLevel5, SubdivisionCountry,
}

// Valid reports whether v is one of the values above.
func (v SubdivisionType) Valid() bool { return slices.Contains(subdivisionTypeValues, v) }

// ImageProvider says who keeps a picture (deprecated in V4).
type ImageProvider string

// The values of ImageProvider.
const (
	ImageProviderUnknown  ImageProvider = "UNKNOWN"
	ImageProviderExternal ImageProvider = "EXTERNAL"
	ImageProviderWixMedia ImageProvider = "WIX_MEDIA"
)

var imageProviderValues = []ImageProvider{
	ImageProviderUnknown, ImageProviderExternal, ImageProviderWixMedia,
}

// Valid reports whether v is one of the values above.
func (v ImageProvider) Valid() bool { return slices.Contains(imageProviderValues, v) }

// SubscriptionStatus is the consent to marketing at an email address or a phone number.
type SubscriptionStatus string

// The values of SubscriptionStatus.
const (
	SubscriptionNoStatus     SubscriptionStatus = "NO_SUBSCRIPTION_STATUS"
	SubscriptionNotSet       SubscriptionStatus = "NOT_SET"
	SubscriptionPending      SubscriptionStatus = "PENDING"
	SubscriptionSubscribed   SubscriptionStatus = "SUBSCRIBED"
	SubscriptionUnsubscribed SubscriptionStatus = "UNSUBSCRIBED"
)

var subscriptionStatusValues = []SubscriptionStatus{
	SubscriptionNoStatus, SubscriptionNotSet, SubscriptionPending, SubscriptionSubscribed, SubscriptionUnsubscribed,
}

// Valid reports whether v is one of the values above.
func (v SubscriptionStatus) Valid() bool { return slices.Contains(subscriptionStatusValues, v) }

// EmailDeliverability is the last delivery state reported for an email address.
type EmailDeliverability string

// The values of EmailDeliverability.
const (
	EmailDeliverabilityNotSet        EmailDeliverability = "NOT_SET"
	EmailDeliverabilityValid         EmailDeliverability = "VALID"
	EmailDeliverabilityBounced       EmailDeliverability = "BOUNCED"
	EmailDeliverabilitySpamComplaint EmailDeliverability = "SPAM_COMPLAINT"
	EmailDeliverabilityInactive      EmailDeliverability = "INACTIVE"
)

var emailDeliverabilityValues = []EmailDeliverability{
	EmailDeliverabilityNotSet, EmailDeliverabilityValid, EmailDeliverabilityBounced, EmailDeliverabilitySpamComplaint, EmailDeliverabilityInactive,
}

// Valid reports whether v is one of the values above.
func (v EmailDeliverability) Valid() bool { return slices.Contains(emailDeliverabilityValues, v) }

// PhoneDeliverability is the delivery state of a phone number.
type PhoneDeliverability string

// The values of PhoneDeliverability.
const (
	PhoneDeliverabilityNoStatus PhoneDeliverability = "NO_PHONE_DELIVERABILITY_STATUS"
	PhoneDeliverabilityNotSet   PhoneDeliverability = "NOT_SET"
)

var phoneDeliverabilityValues = []PhoneDeliverability{
	PhoneDeliverabilityNoStatus, PhoneDeliverabilityNotSet,
}

// Valid reports whether v is one of the values above.
func (v PhoneDeliverability) Valid() bool { return slices.Contains(phoneDeliverabilityValues, v) }

// MembershipStatus is the value of the extended field members.membershipStatus.
type MembershipStatus string

// The values of MembershipStatus.
const (
	MembershipApproved MembershipStatus = "APPROVED"
	MembershipDenied   MembershipStatus = "DENIED"
	MembershipPending  MembershipStatus = "PENDING"
	MembershipInactive MembershipStatus = "INACTIVE"
)

var membershipStatusValues = []MembershipStatus{
	MembershipApproved, MembershipDenied, MembershipPending, MembershipInactive,
}

// Valid reports whether v is one of the values above.
func (v MembershipStatus) Valid() bool { return slices.Contains(membershipStatusValues, v) }

// MemberStatus is the state of the member linked to a contact.
type MemberStatus string

// The values of MemberStatus.
const (
	MemberPending MemberStatus = "PENDING"
	MemberActive  MemberStatus = "ACTIVE"
	MemberDeleted MemberStatus = "DELETED"
	MemberBlocked MemberStatus = "BLOCKED"
	MemberOffline MemberStatus = "OFFLINE"
)

var memberStatusValues = []MemberStatus{
	MemberPending, MemberActive, MemberDeleted, MemberBlocked, MemberOffline,
}

// Valid reports whether v is one of the values above.
func (v MemberStatus) Valid() bool { return slices.Contains(memberStatusValues, v) }

// PrivacyStatus says who sees a member's profile.
type PrivacyStatus string

// The values of PrivacyStatus.
const (
	PrivacyPrivate PrivacyStatus = "PRIVATE"
	PrivacyPublic  PrivacyStatus = "PUBLIC"
)

var privacyStatusValues = []PrivacyStatus{
	PrivacyPrivate, PrivacyPublic,
}

// Valid reports whether v is one of the values above.
func (v PrivacyStatus) Valid() bool { return slices.Contains(privacyStatusValues, v) }

// Role marks a member who also works on the site.
type Role string

// The values of Role.
const (
	RoleUnspecified Role = "UNSPECIFIED_ROLE"
	RoleOwner       Role = "OWNER"
	RoleContributor Role = "CONTRIBUTOR"
)

var roleValues = []Role{
	RoleUnspecified, RoleOwner, RoleContributor,
}

// Valid reports whether v is one of the values above.
func (v Role) Valid() bool { return slices.Contains(roleValues, v) }

// SortOrder is the direction of a sort.
type SortOrder string

// The values of SortOrder.
const (
	SortAsc  SortOrder = "ASC"
	SortDesc SortOrder = "DESC"
)

var sortOrderValues = []SortOrder{
	SortAsc, SortDesc,
}

// Valid reports whether v is one of the values above.
func (v SortOrder) Valid() bool { return slices.Contains(sortOrderValues, v) }

// Fieldset is a named group of contact fields for projections (PRJ-2).
type Fieldset string

// The values of Fieldset.
const (
	FieldsetBasic                Fieldset = "BASIC"
	FieldsetCommunicationDetails Fieldset = "COMMUNICATION_DETAILS"
	FieldsetExtended             Fieldset = "EXTENDED"
	FieldsetFull                 Fieldset = "FULL"
)

var fieldsetValues = []Fieldset{
	FieldsetBasic, FieldsetCommunicationDetails, FieldsetExtended, FieldsetFull,
}

// Valid reports whether v is one of the values above.
func (v Fieldset) Valid() bool { return slices.Contains(fieldsetValues, v) }

// ResponseType says which contact answered a Get.
type ResponseType string

// The values of ResponseType.
const (
	ResponseRegular  ResponseType = "REGULAR"
	ResponseImplicit ResponseType = "IMPLICIT"
	ResponseMerged   ResponseType = "MERGED"
)

var responseTypeValues = []ResponseType{
	ResponseRegular, ResponseImplicit, ResponseMerged,
}

// Valid reports whether v is one of the values above.
func (v ResponseType) Valid() bool { return slices.Contains(responseTypeValues, v) }

// FacetType is the kind of a facet of the contact list.
type FacetType string

// The values of FacetType.
const (
	FacetUnknown            FacetType = "UNKNOWN"
	FacetAllContacts        FacetType = "ALL_CONTACTS"
	FacetNotLabeled         FacetType = "NOT_LABELED"
	FacetLabel              FacetType = "LABEL"
	FacetSubscriptionStatus FacetType = "SUBSCRIPTION_STATUS"
	FacetMembershipStatus   FacetType = "MEMBERSHIP_STATUS"
)

var facetTypeValues = []FacetType{
	FacetUnknown, FacetAllContacts, FacetNotLabeled, FacetLabel, FacetSubscriptionStatus, FacetMembershipStatus,
}

// Valid reports whether v is one of the values above.
func (v FacetType) Valid() bool { return slices.Contains(facetTypeValues, v) }

// UpsertAction says what an upsert did.
type UpsertAction string

// The values of UpsertAction.
const (
	UpsertUnknown UpsertAction = "UNKNOWN"
	UpsertUpdated UpsertAction = "UPDATED"
	UpsertCreated UpsertAction = "CREATED"
)

var upsertActionValues = []UpsertAction{
	UpsertUnknown, UpsertUpdated, UpsertCreated,
}

// Valid reports whether v is one of the values above.
func (v UpsertAction) Valid() bool { return slices.Contains(upsertActionValues, v) }

// SubmitOperation says what a submission did.
type SubmitOperation string

// The values of SubmitOperation.
const (
	SubmitUnknown SubmitOperation = "UNKNOWN"
	SubmitCreate  SubmitOperation = "CREATE"
	SubmitUpdate  SubmitOperation = "UPDATE"
)

var submitOperationValues = []SubmitOperation{
	SubmitUnknown, SubmitCreate, SubmitUpdate,
}

// Valid reports whether v is one of the values above.
func (v SubmitOperation) Valid() bool { return slices.Contains(submitOperationValues, v) }

// SearchMode says how the words of a search combine.
type SearchMode string

// The values of SearchMode.
const (
	SearchOr  SearchMode = "OR"
	SearchAnd SearchMode = "AND"
)

var searchModeValues = []SearchMode{
	SearchOr, SearchAnd,
}

// Valid reports whether v is one of the values above.
func (v SearchMode) Valid() bool { return slices.Contains(searchModeValues, v) }

// IdentityType says whom a submission was attached to.
type IdentityType string

// The values of IdentityType.
const (
	IdentityUnknown                IdentityType = "UNKNOWN"
	IdentityContact                IdentityType = "CONTACT"
	IdentityMember                 IdentityType = "MEMBER"
	IdentityNotAuthenticatedMember IdentityType = "NOT_AUTHENTICATED_MEMBER"
)

var identityTypeValues = []IdentityType{
	IdentityUnknown, IdentityContact, IdentityMember, IdentityNotAuthenticatedMember,
}

// Valid reports whether v is one of the values above.
func (v IdentityType) Valid() bool { return slices.Contains(identityTypeValues, v) }

// WebhookIdentity says who caused an event.
type WebhookIdentity string

// The values of WebhookIdentity.
const (
	WebhookUnknown          WebhookIdentity = "UNKNOWN"
	WebhookAnonymousVisitor WebhookIdentity = "ANONYMOUS_VISITOR"
	WebhookMember           WebhookIdentity = "MEMBER"
	WebhookWixUser          WebhookIdentity = "WIX_USER"
	WebhookApp              WebhookIdentity = "APP"
)

var webhookIdentityValues = []WebhookIdentity{
	WebhookUnknown, WebhookAnonymousVisitor, WebhookMember, WebhookWixUser, WebhookApp,
}

// Valid reports whether v is one of the values above.
func (v WebhookIdentity) Valid() bool { return slices.Contains(webhookIdentityValues, v) }

// LabelType is the kind of a label.
type LabelType string

// The values of LabelType.
const (
	LabelSystem        LabelType = "SYSTEM"
	LabelUserDefined   LabelType = "USER_DEFINED"
	LabelWixAppDefined LabelType = "WIX_APP_DEFINED"
)

var labelTypeValues = []LabelType{
	LabelSystem, LabelUserDefined, LabelWixAppDefined,
}

// Valid reports whether v is one of the values above.
func (v LabelType) Valid() bool { return slices.Contains(labelTypeValues, v) }

// DataType is the type of an extended field's values.
type DataType string

// The values of DataType.
const (
	DataText   DataType = "TEXT"
	DataNumber DataType = "NUMBER"
	DataDate   DataType = "DATE"
	DataURL    DataType = "URL"
)

var dataTypeValues = []DataType{
	DataText, DataNumber, DataDate, DataURL,
}

// Valid reports whether v is one of the values above.
func (v DataType) Valid() bool { return slices.Contains(dataTypeValues, v) }

// FieldType is the kind of an extended field.
type FieldType string

// The values of FieldType.
const (
	FieldSystem      FieldType = "SYSTEM"
	FieldUserDefined FieldType = "USER_DEFINED"
)

var fieldTypeValues = []FieldType{
	FieldSystem, FieldUserDefined,
}

// Valid reports whether v is one of the values above.
func (v FieldType) Valid() bool { return slices.Contains(fieldTypeValues, v) }

// JobType is the kind of a bulk job.
type JobType string

// The values of JobType.
const (
	JobUnknown         JobType = "UNKNOWN_TYPE"
	JobDelete          JobType = "DELETE"
	JobUpdate          JobType = "UPDATE"
	JobAddLabels       JobType = "ADD_LABELS"
	JobRemoveLabels    JobType = "REMOVE_LABELS"
	JobAddRemoveLabels JobType = "ADD_REMOVE_LABELS"
)

var jobTypeValues = []JobType{
	JobUnknown, JobDelete, JobUpdate, JobAddLabels, JobRemoveLabels, JobAddRemoveLabels,
}

// Valid reports whether v is one of the values above.
func (v JobType) Valid() bool { return slices.Contains(jobTypeValues, v) }

// JobStatus is the state of a bulk job.
type JobStatus string

// The values of JobStatus.
const (
	JobStatusUnknown   JobStatus = "UNKNOWN_STATUS"
	JobStatusNew       JobStatus = "NEW"
	JobStatusLoading   JobStatus = "LOADING"
	JobStatusRunning   JobStatus = "RUNNING"
	JobStatusCompleted JobStatus = "COMPLETED"
	JobStatusIndexing  JobStatus = "INDEXING"
)

var jobStatusValues = []JobStatus{
	JobStatusUnknown, JobStatusNew, JobStatusLoading, JobStatusRunning, JobStatusCompleted, JobStatusIndexing,
}

// Valid reports whether v is one of the values above.
func (v JobStatus) Valid() bool { return slices.Contains(jobStatusValues, v) }
