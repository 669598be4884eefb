"""What columns are called, in many languages and naming styles: role -> headers.

A role is an attribute, a part of one ("address.city", "identifier.vat"), or "@" and what a column does for the row.
Headers are compared as standardised words ("Prénom" prenom, "postalCode" postal code); scripts are transliterated.
"""

from __future__ import annotations

HEADERS: dict[str, str] = {
    "given_name": """
        first name, firstname, given name, given names, forename, fname, f name, first nm, frst nm, first, given,
        name first, vorname, vornamen, rufname, prenom, prenoms, primer nombre, primeiro nome, nome proprio,
        voornaam, voornamen, imie, imiona, krestni jmeno, jmeno, krstne meno, meno, keresztnev, utonev, prenume,
        fornavn, fornamn, tilltalsnamn, etunimi, etunimet, имя, ім'я, име, ime, όνομα, isim, adi, 名,
        ファーストネーム, 이름, الاسم الأول, שם פרטי
    """,
    "family_name": """
        last name, lastname, surname, family name, lname, l name, last nm, lst nm, last, sname, name last,
        nachname, familienname, zuname, nom de famille, nom famille, apellido, apellidos, primer apellido,
        apellido 1, apellido paterno, cognome, sobrenome, apelido, ultimo nome, achternaam, familienaam, nazwisko,
        prijmeni, priezvisko, vezeteknev, csaladnev, nume de familie, etternavn, efternavn, efternamn, slaktnamn,
        sukunimi, фамилия, прізвище, prezime, priimek, επώνυμο, επίθετο, soyad, soyadi, soyisim, 姓, 姓氏, 苗字,
        성, اسم العائلة, שם משפחה
    """,
    "family_name.before": """
        tussenvoegsel, tussenvoegsels, voorvoegsel, namensvorsatz, vorsatzwort, name particle, particle
    """,
    "family_name.after": "second surname, segundo apellido, apellido 2, apellido materno, second last name",
    "middle_name": """
        middle name, middlename, mname, m name, middle initial, middle nm, mi, middle, second name,
        zweiter vorname, segundo nombre, deuxieme prenom, отчество, по батькові, patronymic, drugie imie
    """,
    "full_name": """
        full name, fullname, display name, person name, nombre completo, nombre y apellidos, apellidos y nombre,
        nombre y apellido, nom complet, nom et prenom, nom prenom, vor und nachname, name vorname,
        nachname vorname, vollstandiger name, nome completo, nome e cognome, cognome e nome, volledige naam,
        imie i nazwisko, nazwisko i imie, jmeno a prijmeni, teljes nev, nume complet, nume si prenume, fullt navn,
        fullstandigt namn, koko nimi, фио, ф и о, полное имя, піб, ονοματεπώνυμο, ad soyad, adi soyadi, 氏名,
        お名前, 名前, 姓名, 성명, patient name, donor name, voter name, member name, owner name, pt name,
        resident name, attendee
    """,
    "@name": """
        name, nombre, nombres, nom, nome, naam, navn, namn, nimi, nev, nume, nazwa, nazev, nazov, наименование,
        название, ad, customer name, cust nm, cust name, client name, kunde, kundenname, nm, name 1, nom client,
        cliente, nombre cliente, nome cliente, klantnaam, клиент, 顧客名, 客户名称, 고객명, party name, title name,
        customer, client
    """,
    "name_suffix": "suffix, name suffix, sfx, generation, generational suffix, namenszusatz, suffixe, sufijo",
    "title": """
        title, salutation, anrede, titel, prefix, name prefix, civilite, tratamiento, titolo, tratamento, aanhef,
        обращение, honorific, courtesy title, akademischer titel, osloveni, megszolitas, titul
    """,
    "gender": """
        gender, sex, geschlecht, sexe, genre, sexo, genero, sesso, geslacht, plec, pohlavi, pohlavie, nem, kon,
        kjonn, пол, стать, sukupuoli, cinsiyet, φύλο, 性別, 性别, 성별, spol, gender code, gender cd, sex cd
    """,
    "birth_date": """
        birth date, date of birth, birthdate, birthday, dob, d o b, birth dt, date birth, born, born on,
        geburtsdatum, geburtstag, geb dat, geb datum, gebdat, geboren am, geboren, date de naissance,
        date naissance, ddn, ne le, naissance, fecha de nacimiento, fecha nacimiento, fec nac, f nacimiento,
        nacimiento, fecha nac, data di nascita, data nascita, nascita, data de nascimento, data nascimento,
        nascimento, dt nasc, geboortedatum, data urodzenia, datum narozeni, datum narodenia, szuletesi datum,
        szuletesi ido, data nasterii, fodselsdato, fodselsdag, fodelsedatum, syntymaaika, syntymapaiva,
        дата рождения, д р, дата народження, datum rodenja, datum rojstva, ημερομηνία γέννησης, dogum tarihi,
        生年月日, 誕生日, 出生日期, 生日, 생년월일, birth day, bdate, تاريخ الميلاد
    """,
    "job_title": """
        job title, jobtitle, job, position, role, occupation, profession, beruf, funktion, stelle, poste, fonction,
        cargo, puesto, ocupacion, professione, ruolo, functie, beroep, stanowisko, должность, 役職, 职位, 직책,
        job position
    """,
    "employer": """
        employer, employer name, arbeitgeber, employeur, empleador, datore di lavoro, werkgever, pracodawca,
        работодатель, 勤務先, workplace
    """,
    "language": """
        language, lang, locale, sprache, langue, idioma, lingua, taal, jezyk, язык, мова, 言語, 语言, 언어, sprak,
        kieli, preferred language, language code, customer locale, language preference
    """,
    "organisation_name": """
        company, company name, companyname, organisation, organization, organisation name, organization name, org,
        org name, business name, business, firm, firm name, account name, vendor, vendor name, supplier,
        supplier name, legal name, registered name, trading name, dba, site name, provider name, school name,
        hospital name, facility name, institution, institution name, store name, shop name, nonprofit name,
        charity name, entity name, corporate name, firma, firmenname, firmenbezeichnung, unternehmen, betrieb,
        lieferant, societe, raison sociale, entreprise, denomination sociale, nom de l entreprise, nom entreprise,
        empresa, razon social, nombre empresa, nombre comercial, razao social, nome fantasia, compania, azienda,
        ragione sociale, societa, ditta, denominazione, bedrijf, bedrijfsnaam, organisatie, nazwa firmy,
        spolecnost, obchodni jmeno, организация, компания, наименование организации, юр лицо, название компании,
        cegnev, ceg, foretag, foretagsnavn, foretagsnamn, virksomhed, virksomhet, bedrift, yritys, yrityksen nimi,
        sirket, unvan, sirket adi, επωνυμία, εταιρεία, 会社名, 会社, 法人名, 企業名, 公司, 公司名称, 企业名称,
        회사, 회사명, denumire, firma nazwa, agency, agency name, account, employer company
    """,
    "organisation_name.more": """
        name 2, company name 2, organisation name 2, organization name 2, firma 2, name zusatz, firmenzusatz
    """,
    "legal_form": """
        legal form, rechtsform, forme juridique, forma juridica, forma giuridica, natureza juridica, rechtsvorm,
        forma prawna, pravni forma, организационно правовая форма, legal entity type, yhtiomuoto, bolagsform
    """,
    "industry": """
        industry, branche, branchen, sector, secteur, industria, settore, setor, bransch, отрасль, 業種, 行业,
        업종, line of business, business type, branza, industry sector
    """,
    "contact_name": """
        contact name, contact person, contact, ansprechpartner, kontaktperson, personne de contact, contacto,
        persona de contacto, referente, contatto, contato, contactpersoon, osoba kontaktowa, контактное лицо,
        担当者, 联系人, 담당자, executive director, director, ceo, managing director, geschaftsfuhrer, owner,
        manager, principal, kontakt, attn, representante, gerant, primary contact, primary contact name, head,
        rechtlicher vertreter
    """,
    "email": """
        email, smtp addr, e mail, mail, email address, emailaddress, e mail address, mail address, email addr, eml,
        e mail adresse, mailadresse, emailadresse, correo, correo electronico, direccion de correo, courriel,
        adresse mail, adresse email, adresse e mail, mel, posta elettronica, indirizzo email, indirizzo e mail,
        endereco de email, e post, epost, e postadress, epostadresse, sahkoposti, электронная почта, эл почта,
        почта, имейл, електронна пошта, e posta, eposta, メール, メールアドレス, eメール, 邮箱, 电子邮件, 电子邮箱,
        이메일, adres email, adres e mail, pec, mailaddress, emailid, email id, ηλεκτρονικό ταχυδρομείο,
        البريد الإلكتروني
    """,
    "phone": """
        phone, telf 1, telf 2, tel number, telephone, tel, tel no, phone number, phone no, telephone number,
        mobile, mobile phone, mobile number, cell, cell phone, cellphone, cellular, home phone, work phone,
        business phone, other phone, day phone, evening phone, daytime phone, landline, telefon, telefonnummer,
        telefonnr, tel nr, handy, handynummer, mobil, mobilnummer, mobiltelefon, rufnummer, festnetz, portable,
        gsm, fixe, tel portable, telefono, movil, telefono movil, celular, telefono fijo, cellulare, telefone,
        telemovel, fone, telefoon, telefoonnummer, mobiel, telefon komorkowy, komorka, numer telefonu, nr telefonu,
        телефон, моб телефон, мобильный, мобильный телефон, номер телефона, puhelin, puhelinnumero, matkapuhelin,
        τηλέφωνο, κινητό, cep telefonu, cep tel, telefon numarasi, 電話, 電話番号, 携帯, 携帯電話, 电话, 电话号码,
        手机, 手机号, 手机号码, 联系电话, 전화, 전화번호, 휴대폰, 연락처, ph, ph no, phn, telnr, telno,
        contact number, contact no, whatsapp, msisdn
    """,
    "phone.fax": "fax, telefax, fax number, fax no, faxnummer, факс, ファックス, 传真, 팩스, faks, faksi",
    "website": """
        website, web site, web, url, homepage, home page, site web, site internet, sitio web, sito, sito web, www,
        internet, webseite, internetseite, webpage, web page, domain, company domain, pagina web, site, strona www,
        сайт, веб сайт, hemsida, kotisivu, ホームページ, ウェブサイト, 网站, 网址, 웹사이트, web address,
        website url
    """,
    "address.street": """
        address, street, stras, address 1, address line 1, address line, addr, addr 1, adr, street address,
        street 1, street name, street line 1, addr line 1, add 1, add, address 1 line 1, strasse, str,
        strasse und hausnummer, strasse nr, strasse hausnummer, anschrift, adresse, adresse 1, rue, voie,
        nom de voie, adresse ligne 1, adresse postale, calle, direccion, direccion 1, domicilio, via, indirizzo,
        rua, endereco, morada, logradouro, straat, straatnaam, adres, ulica, utca, cim, strada, adresa, gate, gata,
        vej, adress, gatuadress, postadress, gateadresse, katuosoite, osoite, улица, адрес, адреса, вулиця, οδός,
        διεύθυνση, sokak, cadde, 住所, 住所 1, 番地, 地址, 详细地址, 街道, 주소, full address, location address,
        road, premise address, residence address, residential address, mailing address
    """,
    "address.house_number": """
        house number, house no, houseno, house num, street number, street no, street num, hausnummer, haus nr,
        hausnr, hnr, numero de rue, numero voie, num voie, no rue, numero civico, civico, num civico,
        numero exterior, huisnummer, huisnr, nr domu, numer domu, cislo popisne, cislo domu, hazszam, дом,
        номер дома, kapi no, building number, building no, premise number, husnummer, husnr, numero da casa,
        street nbr, house nbr, hse no
    """,
    "address.line2": """
        address 2, address line 2, addr 2, address 3, address line 3, addr 3, address 4, add 2, street 2, street 3,
        apt, apartment, apt no, unit, unit number, unit no, suite, flat, floor, address suffix, adresszusatz,
        adresse zusatz, zusatz, adresse 2, complement, complement adresse, complement d adresse, complemento, piso,
        puerta, interno, toevoeging, huisnummertoevoeging, huisnummer toevoeging, nr lokalu, nr mieszkania,
        mieszkanie, квартира, корпус, c o, care of, po box, direccion 2, bairro, colonia, barrio, building,
        building name, 住所 2, 建物名, addr line 2, stiege, tur
    """,
    "address.city": """
        city, ort 01, town, suburb, locality, municipality, city town, town city, city name, place, village,
        post town, ort, stadt, wohnort, ortschaft, ville, commune, localite, ciudad, poblacion, localidad,
        municipio, citta, comune, localita, cidade, localidade, plaats, woonplaats, stad, miasto, miejscowosc,
        mesto, obec, varos, telepules, oras, localitate, poststed, postort, kaupunki, postitoimipaikka, город,
        населенный пункт, місто, град, grad, πόλη, sehir, ilce, 市区町村, 市, 城市, 도시, 시, المدينة, עיר
    """,
    "address.postcode": """
        postcode, post code, postal code, postal, zip, zip code, zipcode, zip 5, pstlz, pstcd, zip postal code,
        zip postcode, postal zip, plz, postleitzahl, code postal, cp, codigo postal, cod postal, c p, cap,
        codice postale, codice avviamento postale, cep, kod pocztowy, psc, iranyitoszam, irsz, postnummer, postnr,
        postinumero, индекс, почтовый индекс, поштовий індекс, пощенски код, postanski broj, postna stevilka,
        posta kodu, ταχυδρομικός κώδικας, τ κ, 郵便番号, 邮编, 邮政编码, 우편번호, pin code, pincode, pin, eircode,
        mail code
    """,
    "address.region": """
        state, regio, province, region, county, state province, province state, st, bundesland, kanton, canton,
        departement, provincia, comunidad, comunidad autonoma, estado, regione, distrito, provincie, wojewodztwo,
        megye, judet, область, регион, край, 都道府県, 省, 省份, 도, prefecture, territory, uf, state code,
        province code, region code, state name, state abbr, lan, fylke, maakunta, il, emirate, governorate
    """,
    "address.country": """
        country, land 1, country code, country name, country region, nation, land, staat, pays, code pays, pais,
        paese, nazione, stato, kraj, zeme, krajina, stat, orszag, tara, страна, країна, държава, drzava, χώρα,
        ulke, 国, 国名, 国家, 국가, iso country, landercode, landerschluessel, land code, maa, landkode,
        country iso, country cd
    """,
    "identifier.vat": """
        vat, vat number, vat id, vat no, stceg, vat nr, vat reg no, vat registration, vat registration number,
        vatin, ust id, ust id nr, ustid, ustidnr, ust idnr, umsatzsteuer id, umsatzsteuer identifikationsnummer,
        uid nummer, tva, numero tva, numero de tva, n tva, tva intracommunautaire, partita iva, p iva, piva,
        nif iva, cif, btw, btw nummer, momsnr, momsregistreringsnummer, nip, dic, dic dph, alv numero, adoszam,
        eu vat
    """,
    "identifier.tax": """
        tax id, tax number, taxid, tax no, tin, ein, fein, federal tax id, tax code, tax identification number,
        taxpayer id, steuernummer, steuernr, steuer id, nif, rfc, cnpj, инн, gstin, gst number, gst no,
        codice fiscale azienda, fiscal code, numero fiscal, cui, ruc, rut, nit, kvnr, vergi no, vergi numarasi,
        納税者番号, 税号, 纳税人识别号
    """,
    "identifier.national": """
        ssn, soc sec, soc sec id, soc sec no, social security, social security number, social security no,
        national id, national id number, national identifier, nin, nino, national insurance number, ni number,
        nhs number, nhs no, passport, passport number, passport no, id card, id card number, personal id,
        personal number, personnummer, cpr, cpr nummer, fodselsnummer, henkilotunnus, hetu, pesel, dni, nie, curp,
        cpf, bsn, burgerservicenummer, svnr, sozialversicherungsnummer, sv nummer, ahv nummer,
        numero de securite sociale, numero securite sociale, nir, codice fiscale, rodne cislo, cnp, снилс, паспорт,
        aadhaar, aadhar, medicare number, medicare no, sin, tfn, pps number, マイナンバー, 身份证, 身份证号,
        身份证号码, 주민등록번호, drivers license, driver license, driver license number, drivers license number,
        dl number, cedula, cc, oib, jmbg, egn, tckn, tc kimlik no, amka, ssn 4, last 4 ssn, personnr
    """,
    "identifier.registration": """
        registration number, company number, company no, company registration number, company reg no,
        companies house number, handelsregister, handelsregisternummer, hrb, hr nummer, siren, siret, numero siret,
        numero siren, kvk, kvk nummer, crn, duns, duns number, d u n s, lei, огрн, krs, regon, ico, org nr, orgnr,
        organisationsnummer, organisasjonsnummer, cvr, cvr nummer, abn, acn, y tunnus, commercial register, rea,
        licence number, license number, npi, charity number, 法人番号, 统一社会信用代码, 사업자등록번호, cin,
        registration no
    """,
    "identifier.loyalty": """
        loyalty number, loyalty id, loyalty card, loyalty card number, membership number, membership no,
        membership id, card number, card no, kundenkarte, kundenkartennummer, frequent flyer,
        frequent flyer number, club number, bonus card, bonuskarte, carte de fidelite, numero de carte, tarjeta,
        rewards number, rewards id, klantenkaart
    """,
    "@id": """
        id, customer id, customerid, cust id, customer number, customer no, customer nr, cust no, cust num,
        customer code, customer key, kundennummer, kunden nr, kundennr, kdnr, kd nr, kunnr, kunden id, record id,
        rec id, rec no, record no, record number, unique id, uid, uuid, guid, key, pk, row id, rowid, row number,
        rownum, account id, account number, account no, acct no, acct id, contact id, user id, userid, client id,
        client number, client no, client code, numero client, numero de client, no client, code client, id client,
        id cliente, codigo cliente, codigo de cliente, num cliente, numero cliente, codice cliente, cod cliente,
        klantnummer, klant id, numer klienta, id klienta, cislo zakaznika, lifnr, partner, business partner,
        vendor id, vendor number, vendor no, vendor code, supplier id, supplier number, supplier code, donor id,
        donor number, patient id, patient no, patient number, mrn, medical record number, voter id, sos voterid,
        county id, voter registration number, registrant id, member id, member no, member number, person id,
        party id, nr, no, number, code, external id, source id, id клиента, код, код клиента, номер, номер клиента,
        顧客番号, 顧客id, 会員番号, 番号, 客户编号, 客户id, 编号, 고객번호, index, constituent id, crm id, lead id,
        subscriber id, ugyfelszam, asiakasnumero, kundenummer, kundnummer, ref, reference, customer ref,
        person key, sid, profile id, case id, prospect id
    """,
    "@system": """
        source, source system, sourcesystem, system, src, src system, src sys, system source, source name, origin,
        origin system, data source, datasource, dataset, quelle, quellsystem, herkunft, herkunftssystem, sistema,
        sistema origen, origen, sistema de origem, sistema di origine, sorgente, fonte, bron, bronsysteem, zrodlo,
        system zrodlowy, источник, система, システム, データソース, 来源, 来源系统, 출처, database, source file,
        source db, provenance, systeme, systeme source, source application, application, feed, kaynak, kalla, kilde
    """,
    "@type": """
        type, entity type, customer type, cust type, record type, client type, kind, party type, account type,
        contact type, kundentyp, kundenart, kundengruppe, typ, art, tipo, tipo cliente, tipo de cliente,
        type client, type de client, tipo persona, tipo de persona, tipo pessoa, klanttype, typ klienta, тип,
        тип клиента, 種別, 顧客区分, 客户类型, 고객유형, person type, is company, is organization, is organisation,
        is business, legal entity, company flag, kundtyp, constituent type, donor type, business or individual,
        individual or business, class, customer class, partner type
    """,
    "@modified": """
        updated at, modified at, last modified, last modified date, lastmodifieddate, updated, modified,
        changed at, changed on, last update, last updated, update date, updated date, date updated, date modified,
        modified date, modified on, change date, systemmodstamp, last change, geandert am, anderungsdatum,
        aenderungsdatum, letzte anderung, date modification, date de modification, modifie le, date maj,
        fecha modificacion, fecha de modificacion, fecha actualizacion, actualizado, ultima modificacion,
        data modifica, data ultima modifica, data de atualizacao, atualizado em, gewijzigd, gewijzigd op,
        laatst gewijzigd, data modyfikacji, zmeneno, дата изменения, обновлено, 更新日, 更新日時, 更新时间,
        修改时间, 수정일, last changed, upd dt, last upd dt, upd ts, modify date, last edited
    """,
    "@created": """
        created, created at, created date, create date, createddate, date created, created on, creation date,
        date added, registration date, registered, signup date, joined, join date, member since, customer since,
        erstellt am, anlagedatum, erstelldatum, date creation, date de creation, cree le, fecha creacion,
        fecha de alta, fecha alta, data creazione, data cadastro, data de cadastro, aangemaakt, data utworzenia,
        дата создания, 登録日, 作成日, 创建时间, 가입일, kunde seit, date registered, first seen, dat anlage
    """,
    "birth_date.year": """
        birth year, year of birth, yob, birth yr, by, dob year, geburtsjahr, annee de naissance, ano de nacimiento
    """,
    "birth_date.month": "birth month, month of birth, birth mo, bm, dob month, geburtsmonat, mois de naissance",
    "birth_date.day": "day of birth, bd, dob day, birth dy, birth day of month",
    "@own": """
        birth place, place of birth, birthplace, birth city, birth country, geburtsort, geburtsname, lieu de naissance,
        lugar de nacimiento, luogo di nascita, miejsce urodzenia, geboorteplaats, nationality, maiden name,
        mothers name, mother name, fathers name, father name, spouse name, nickname, alias, neighborhood, neighbourhood
    """,
    "@nothing": "zip 4, zip plus 4, plus 4, zip ext, zip extension, zip suffix, row, checksum, hash",
    "@deleted": """
        is deleted, isdeleted, deleted, deleted flag, geloscht, supprime, eliminado, eliminato, удален,
        loeschkennzeichen
    """,
}
