package macie2

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

const (
	financial   = types.SensitiveDataItemCategoryFinancialInformation
	personal    = types.SensitiveDataItemCategoryPersonalInformation
	credentials = types.SensitiveDataItemCategoryCredentials
)

// managedIDs are all managed data identifiers, in the order of their ids: those
// of "Managed data identifiers for credentials", "… financial information", "… PHI"
// and "… PII" in the user guide.
var managedIDs = catalog(map[types.SensitiveDataItemCategory]string{
	credentials: `AWS_CREDENTIALS GCP_API_KEY HTTP_BASIC_AUTH_HEADER JSON_WEB_TOKEN OPENSSH_PRIVATE_KEY PGP_PRIVATE_KEY
		PKCS PUTTY_PRIVATE_KEY STRIPE_CREDENTIALS`,
	financial: `BANK_ACCOUNT_NUMBER CREDIT_CARD_EXPIRATION CREDIT_CARD_MAGNETIC_STRIPE CREDIT_CARD_NUMBER
		CREDIT_CARD_NUMBER_(NO_KEYWORD) CREDIT_CARD_SECURITY_CODE ` + each("_BANK_ACCOUNT_NUMBER", `ALBANIA ANDORRA
		BOSNIA_AND_HERZEGOVINA BRAZIL BULGARIA COSTA_RICA CROATIA CYPRUS CZECH_REPUBLIC DENMARK DOMINICAN_REPUBLIC EGYPT
		ESTONIA FAROE_ISLANDS FINLAND FRANCE GEORGIA GERMANY GREECE GREENLAND HUNGARY ICELAND IRELAND ITALY JORDAN KOSOVO
		LIECHTENSTEIN LITHUANIA MALTA MAURITANIA MAURITIUS MONACO MONTENEGRO NETHERLANDS NORTH_MACEDONIA POLAND PORTUGAL
		SAN_MARINO SENEGAL SERBIA SLOVAKIA SLOVENIA SPAIN SWEDEN SWITZERLAND TIMOR_LESTE TUNISIA TURKIYE UK UKRAINE
		UNITED_ARAB_EMIRATES VIRGIN_ISLANDS`),
	personal: `US_DRUG_ENFORCEMENT_AGENCY_NUMBER USA_HEALTH_INSURANCE_CLAIM_NUMBER CANADA_HEALTH_NUMBER
		EUROPEAN_HEALTH_INSURANCE_CARD_NUMBER FINLAND_EUROPEAN_HEALTH_INSURANCE_NUMBER FRANCE_HEALTH_INSURANCE_NUMBER
		UK_NHS_NUMBER USA_MEDICARE_BENEFICIARY_IDENTIFIER USA_HEALTHCARE_PROCEDURE_CODE USA_NATIONAL_DRUG_CODE
		USA_NATIONAL_PROVIDER_IDENTIFIER MEDICAL_DEVICE_UDI DATE_OF_BIRTH DRIVERS_LICENSE UK_ELECTORAL_ROLL_NUMBER NAME
		LATITUDE_LONGITUDE HTTP_COOKIE ADDRESS BRAZIL_CEP_CODE ARGENTINA_DNI_NUMBER BRAZIL_RG_NUMBER CHILE_RUT_NUMBER
		COLOMBIA_CITIZENSHIP_CARD_NUMBER INDIA_AADHAAR_NUMBER MEXICO_CURP_NUMBER SPAIN_DNI_NUMBER
		UK_NATIONAL_INSURANCE_NUMBER PHONE_NUMBER ARGENTINA_TARJETA_SUBE CANADA_SOCIAL_INSURANCE_NUMBER
		SPAIN_SOCIAL_SECURITY_NUMBER USA_SOCIAL_SECURITY_NUMBER ARGENTINA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER
		ARGENTINA_ORGANIZATION_TAX_IDENTIFICATION_NUMBER AUSTRALIA_TAX_FILE_NUMBER BRAZIL_CNPJ_NUMBER BRAZIL_CPF_NUMBER
		COLOMBIA_INDIVIDUAL_NIT_NUMBER COLOMBIA_ORGANIZATION_NIT_NUMBER INDIA_PERMANENT_ACCOUNT_NUMBER
		MEXICO_INDIVIDUAL_RFC_NUMBER MEXICO_ORGANIZATION_RFC_NUMBER SPAIN_NIE_NUMBER SPAIN_NIF_NUMBER
		USA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER VEHICLE_IDENTIFICATION_NUMBER ` +
		each("_DRIVERS_LICENSE", `AUSTRALIA AUSTRIA BELGIUM BULGARIA CANADA CROATIA CYPRUS CZECHIA DENMARK ESTONIA FINLAND
		FRANCE GERMANY GREECE HUNGARY INDIA IRELAND ITALY LATVIA LITHUANIA LUXEMBOURG MALTA NETHERLANDS POLAND PORTUGAL
		ROMANIA SLOVAKIA SLOVENIA SPAIN SWEDEN UK`) +
		each("_NATIONAL_IDENTIFICATION_NUMBER", "CANADA FRANCE GERMANY ITALY") +
		each("_PASSPORT_NUMBER", "CANADA FRANCE GERMANY ITALY SPAIN UK USA") +
		each("_PHONE_NUMBER", "BRAZIL FRANCE GERMANY ITALY SPAIN UK") +
		each("_TAX_IDENTIFICATION_NUMBER", "FRANCE GERMANY SPAIN UK"),
})

// recommended is the recommended set ("Managed data identifiers recommended for
// sensitive data discovery jobs", of June 27, 2023).
var recommended = strings.Fields(`AWS_CREDENTIALS HTTP_BASIC_AUTH_HEADER OPENSSH_PRIVATE_KEY PGP_PRIVATE_KEY PKCS
	PUTTY_PRIVATE_KEY CREDIT_CARD_MAGNETIC_STRIPE CREDIT_CARD_NUMBER CANADA_DRIVERS_LICENSE DRIVERS_LICENSE
	UK_DRIVERS_LICENSE UK_ELECTORAL_ROLL_NUMBER FRANCE_NATIONAL_IDENTIFICATION_NUMBER
	GERMANY_NATIONAL_IDENTIFICATION_NUMBER ITALY_NATIONAL_IDENTIFICATION_NUMBER SPAIN_DNI_NUMBER
	UK_NATIONAL_INSURANCE_NUMBER CANADA_PASSPORT_NUMBER FRANCE_PASSPORT_NUMBER GERMANY_PASSPORT_NUMBER
	ITALY_PASSPORT_NUMBER SPAIN_PASSPORT_NUMBER UK_PASSPORT_NUMBER USA_PASSPORT_NUMBER CANADA_SOCIAL_INSURANCE_NUMBER
	SPAIN_SOCIAL_SECURITY_NUMBER USA_SOCIAL_SECURITY_NUMBER AUSTRALIA_TAX_FILE_NUMBER BRAZIL_CPF_NUMBER
	FRANCE_TAX_IDENTIFICATION_NUMBER GERMANY_TAX_IDENTIFICATION_NUMBER SPAIN_NIE_NUMBER SPAIN_NIF_NUMBER
	SPAIN_TAX_IDENTIFICATION_NUMBER USA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER`)

// each returns the names with an ending.
func each(ending, names string) string {
	return " " + strings.Join(strings.Fields(names), ending+" ") + ending
}

func catalog(ids map[types.SensitiveDataItemCategory]string) []types.ManagedDataIdentifierSummary {
	var all []types.ManagedDataIdentifierSummary
	for category, names := range ids {
		for _, id := range strings.Fields(names) {
			all = append(all, types.ManagedDataIdentifierSummary{Id: aws.String(id), Category: category})
		}
	}
	slices.SortFunc(all, func(a, b types.ManagedDataIdentifierSummary) int { return strings.Compare(*a.Id, *b.Id) })
	return all
}

// isManaged reports whether there is a managed data identifier of an id.
func isManaged(id string) bool {
	return slices.ContainsFunc(managedIDs, func(m types.ManagedDataIdentifierSummary) bool { return *m.Id == id })
}

// usesManaged reports whether a job looks for what a managed identifier finds.
func (j *job) usesManaged(id string) bool {
	named := slices.Contains(j.in.ManagedDataIdentifierIds, id)
	switch j.in.ManagedDataIdentifierSelector {
	case types.ManagedDataIdentifierSelectorAll:
		return true
	case types.ManagedDataIdentifierSelectorExclude:
		return !named
	case types.ManagedDataIdentifierSelectorInclude:
		return named
	case types.ManagedDataIdentifierSelectorNone:
		return false
	}
	return slices.Contains(recommended, id)
}

// severityOf is the score of so many occurrences of a type: 1 is low, 3 high, 0
// no finding ("Severity scoring for Macie findings").
func severityOf(kind string, count int) int64 {
	organization := strings.Contains(kind, "_ORGANIZATION_")
	switch {
	case count == 0:
		return 0
	case slices.Contains([]string{"DATE_OF_BIRTH", "NAME", "ADDRESS", "BRAZIL_CEP_CODE", "HTTP_COOKIE", "CREDIT_CARD_EXPIRATION", "MEDICAL_DEVICE_UDI"}, kind),
		strings.HasSuffix(kind, "DRIVERS_LICENSE"), strings.HasSuffix(kind, "PHONE_NUMBER"):
		return steps(count, 1, 2, 3)
	case strings.HasSuffix(kind, "PASSPORT_NUMBER"), kind == "CREDIT_CARD_SECURITY_CODE":
		return steps(count, 2, 3, 3)
	case kind == "ARGENTINA_TARJETA_SUBE", organization:
		return steps(count, 2, 2, 3)
	case kind == "LATITUDE_LONGITUDE":
		return steps(count, 1, 2, 2)
	case kind == "VEHICLE_IDENTIFICATION_NUMBER":
		return steps(count, 1, 1, 2)
	}
	return 3
}

// steps chooses by the number of occurrences: one, up to 99, more.
func steps(count int, one, some, many int64) int64 {
	switch {
	case count == 1:
		return one
	case count < 100:
		return some
	}
	return many
}
