with people as (

    select
        name_id,
        split_to_array(primary_profession, ',') as professions
    from {{ ref('new_stg_imdb__name_basics') }}
    where primary_profession is not null

)

select
    people.name_id,
    trim(profession::varchar(64)) as profession,
    list_index + 1 as profession_rank
from people, people.professions as profession at list_index
